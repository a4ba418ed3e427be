"""Dead letters: kinds of failures, and the letters of one."""
