"""What each framework writes on a dead letter, one framework a file."""
