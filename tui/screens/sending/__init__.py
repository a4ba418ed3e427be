"""A plan while it is sent."""
