"""What is asked of an aggregate's states: what changed, who set it, since when, and what if."""
