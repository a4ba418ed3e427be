"""The demo: an order, payment and inventory system with an incident in it."""
