"""One aggregate's events, and its state at any of them."""
