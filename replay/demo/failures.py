"""Why the demo's dead letters are there: the failures, as the services threw them."""

from replay.demo.letters import Failure
from replay.demo.tale import Tale


def gateway_timeout(tale: Tale) -> Failure:
    """The payment gateway does not answer."""
    return Failure(
        "payment-service",
        "com.shop.payment.GatewayTimeoutException",
        f"no answer from gateway in 2000 ms ({tale.order_id}, {tale.amount:.2f} {tale.currency})",
        (
            "com.shop.payment.PaymentClient.charge(PaymentClient.java:88)",
            "com.shop.payment.PaymentService.tryAgain(PaymentService.java:141)",
            "com.shop.payment.PaymentRetryListener.onMessage(PaymentRetryListener.java:37)",
            "com.shop.payment.PaymentRetryListener.onMessage(PaymentRetryListener.java:21)",
        ),
        root="java.net.SocketTimeoutException: Read timed out",
    )


def no_allotment(tale: Tale) -> Failure:
    """The stock that the sale set aside for orders paid by transfer is used up."""
    return Failure(
        "inventory-service",
        "java.lang.IllegalStateException",
        f"{tale.order_id}: nothing left for transfers of {tale.items[0].sku} in warehouse B",
        (
            "com.shop.inventory.SaleAllotment.take(SaleAllotment.java:64)",
            "com.shop.inventory.ReservationService.reserve(ReservationService.java:112)",
            "com.shop.inventory.PaymentListener.onMessage(PaymentListener.java:45)",
            "com.shop.inventory.PaymentListener.onMessage(PaymentListener.java:26)",
        ),
    )


def stale_row(tale: Tale) -> Failure:
    """Another transaction changed the order at the same time."""
    version = tale.rng.randrange(3, 9)
    return Failure(
        "order-service",
        "org.springframework.dao.OptimisticLockingFailureException",
        f"{tale.order_id}: row version {version} expected, {version + 1} found",
        (
            "com.shop.order.OrderRepository.save(OrderRepository.java:73)",
            "com.shop.order.OrderService.cancel(OrderService.java:208)",
            "com.shop.order.InventoryListener.onMessage(InventoryListener.java:52)",
            "com.shop.order.InventoryListener.onMessage(InventoryListener.java:30)",
        ),
    )


def no_currency() -> Failure:
    """The old shop's orders say no currency."""
    return Failure(
        "payment-service",
        "java.lang.NullPointerException",
        'Cannot invoke "String.toUpperCase()" because the return value of '
        '"com.shop.order.OrderCreated.currency()" is null',
        (
            "com.shop.payment.PayerTable.put(PayerTable.java:39)",
            "com.shop.payment.OrderListener.onMessage(OrderListener.java:33)",
            "com.shop.payment.OrderListener.onMessage(OrderListener.java:19)",
        ),
    )


def cannot_be_read(group: str) -> Failure:
    """The message was cut off."""
    return Failure(group, None)
