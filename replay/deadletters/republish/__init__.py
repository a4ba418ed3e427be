"""The way back: a plan of what would be sent, and sending exactly that, once."""
