"""Making a plan: which letters, where to, what it does, and what stands against it."""
