"""What the demo's shop has: topics, products, warehouses, customers."""

from readers.source import NewTopic

ORDERS = "order-events"
PAYMENTS = "payment-events"
INVENTORY = "inventory-events"
PARTITIONS = 12

INCIDENT_KEY = "order-4711"
"""Whose story tells the incident."""
UNSTOCKED_KEY = "order-4242"
"""An order that is paid and never gets its stock."""

PRICES = {
    "sku-1": 25.0,
    "sku-2": 12.5,
    "sku-3": 7.99,
    "sku-4": 24.95,
    "sku-5": 49.9,
    "sku-6": 5.25,
    "sku-7": 18.4,
    "sku-8": 64.0,
    "sku-9": 100.0,
}
SKUS = tuple(PRICES)
CUSTOMERS = 800
SHOPS = ("web", "app", "store")
METHODS = ("card", "card", "card", "paypal", "paypal", "transfer")
WAREHOUSES = ("A", "B", "C")


def dead_letter_topic(topic: str) -> str:
    """Where Spring's recoverer puts the letters of a topic."""
    return f"{topic}-dlt"


def demo_topics() -> tuple[NewTopic, ...]:
    """The topics to be made; they keep everything, since the demo's times lie in the past."""
    names = (ORDERS, PAYMENTS, INVENTORY)
    letters = tuple(map(dead_letter_topic, names))
    return tuple(NewTopic(name, PARTITIONS, {"retention.ms": "-1"}) for name in (*names, *letters))
