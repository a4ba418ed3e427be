"""Where records come from and go to: sources, connection profiles, decoding, key search."""
