"""What searches found out, so that the next one reads only what is new."""
