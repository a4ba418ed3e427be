"""Sending what a plan says: once, at a pace, with an eye on what comes back."""
