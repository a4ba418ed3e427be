"""The events of an order, each written now: what its payload says."""

from readers.decoders.payload import Json
from replay.demo.catalog import PRICES
from replay.demo.tale import Draft, Item, Tale

TRIES = 4
"""Of a payment: the first, and three more."""


def create(tale: Tale) -> Draft:
    """The order-service takes an order."""
    currency = {"currency": tale.currency} if tale.currency else {}
    return tale.order(
        "OrderCreated",
        {
            "customerId": tale.customer,
            **currency,
            "shop": tale.shop,
            "createdAt": tale.created_at(),
        },
    )


def add_item(tale: Tale, item: Item) -> Draft:
    """One more item."""
    return tale.order(
        "ItemAdded",
        {"sku": item.sku, "quantity": item.quantity, "unitPrice": PRICES[item.sku]},
    )


def become_paid(tale: Tale) -> Draft:
    """The order-service has read of the payment."""
    return tale.order("OrderPaid", {"amount": tale.amount, "currency": tale.currency})


def update(tale: Tale, status: str) -> Draft:
    """The order goes on."""
    return tale.order("OrderUpdated", {"status": status, "warehouse": tale.warehouse})


def cancel(tale: Tale, reason: str) -> Draft:
    """The order-service cancels it."""
    return tale.order("OrderCancelled", {"reason": reason})


def process(tale: Tale) -> Draft:
    """The money is there."""
    return tale.payment(
        "PaymentProcessed",
        {
            "paymentId": f"pay-{tale.rng.getrandbits(40):010x}",
            "amount": tale.amount,
            "currency": tale.currency,
            "method": tale.method,
        },
    )


def fail(tale: Tale, attempt: int, reason: str) -> Draft:
    """A try to be paid fails."""
    return tale.payment(
        "PaymentFailed",
        {
            "amount": tale.amount,
            "currency": tale.currency,
            "reason": reason,
            "attempt": attempt,
            "maxAttempts": TRIES,
        },
    )


def refund(tale: Tale, reason: str) -> Draft:
    """The payment-service gives the money back."""
    return tale.payment(
        "RefundIssued", {"amount": tale.amount, "currency": tale.currency, "reason": reason}
    )


def reserve(tale: Tale) -> Draft:
    """The inventory-service reserves the stock."""
    items: list[Json] = [{"sku": item.sku, "quantity": item.quantity} for item in tale.items]
    return tale.inventory("StockReserved", {"warehouse": tale.warehouse, "items": items})


def release(tale: Tale, reason: str) -> Draft:
    """The inventory-service gives the stock back."""
    return tale.inventory("StockReleased", {"warehouse": tale.warehouse, "reason": reason})


def alert(tale: Tale) -> Draft:
    """Little is left of the order's first product."""
    remaining = tale.rng.randrange(1, 5)
    return tale.inventory(
        "LowStockAlert",
        {"sku": tale.items[0].sku, "remaining": remaining, "warehouse": tale.warehouse},
    )
