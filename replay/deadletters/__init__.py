"""Dead letters: which topics hold them, and where a letter came from."""
