"""Widgets that more than one screen, or none in Textual, could offer."""
