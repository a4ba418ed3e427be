"""One dead letter beside its original and its aggregate."""
