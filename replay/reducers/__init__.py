"""Reducers: the built-in ones, one a file, and how others are found."""
