"""Bytes → payload, one format a file. `chain.decode` tries them in order."""
