"""Records as they come."""
