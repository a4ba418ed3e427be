"""The order in which formats are tried; the first that knows the value decodes it."""
