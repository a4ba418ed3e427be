"""Letters made by hand, as any dialect would read them."""

from readers.record import Record
from replay.deadletters.letter import Confidence, DeadLetter, Failure, Hop, Origin
from tests.fakes import START_MS, record_of

STACK = """com.shop.payment.GatewayTimeout: no answer for order-4711
\tat com.shop.payment.PaymentClient.charge(PaymentClient.java:88)
\tat org.springframework.aop.framework.CglibAopProxy.intercept(CglibAopProxy.java:727)
\tat com.shop.payment.PaymentListener.on(PaymentListener.java:21)
\tat java.base/java.lang.Thread.run(Thread.java:840)
"""


NO_ANSWER = Failure("com.shop.payment.GatewayTimeout", None, "no answer", STACK)


def letter_of(
    offset: int = 0,
    failure: Failure = NO_ANSWER,
    *,
    topic: str = "orders-dlt",
    partition: int = 0,
    origin: Origin | None = None,
    timestamp_ms: int | None = START_MS,
    key: bytes | None = b"order-1",
    record: Record | None = None,
    framework: str | None = "spring",
) -> DeadLetter:
    """A letter of its own origin, by default the record of the same offset in `orders`."""
    record = record or record_of(topic, partition, offset, key=key, timestamp_ms=timestamp_ms)
    hop = Hop(origin or Origin("orders", partition, offset), failure, "payment-service")
    return DeadLetter(record, framework, Confidence.SURE, (hop,), key)
