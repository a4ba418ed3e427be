"""The plan of a republish, before anything is sent."""
