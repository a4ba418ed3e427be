"""The commands, one a file; each does what a screen does, for pipes and tests."""
