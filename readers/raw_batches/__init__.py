"""Whole record batches as a broker sends them: looked through before a record is made of any."""
