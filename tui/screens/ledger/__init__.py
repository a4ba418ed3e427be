"""What was done with dead letters."""
