"""Editing what is sent instead of a letter."""
