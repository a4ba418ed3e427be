"""Dead letters as Spring Kafka writes them: eight failures, real sizes, ids that differ."""

from collections.abc import Iterator

from readers.record import Record, TimestampType
from replay.demo.letters import Failure, letter_headers

START_MS = 1_795_435_200_000
_AROUND = tuple(
    f"org.springframework.{name}"
    for name in (
        "aop.support.AopUtils.invokeJoinpointUsingReflection(AopUtils.java:355)",
        "aop.framework.CglibAopProxy$DynamicAdvisedInterceptor.intercept(CglibAopProxy.java:727)",
        "aop.framework.ReflectiveMethodInvocation.proceed(ReflectiveMethodInvocation.java:184)",
        "transaction.interceptor.TransactionInterceptor.invoke(TransactionInterceptor.java:119)",
        "transaction.interceptor.TransactionAspectSupport.invokeWithinTransaction"
        "(TransactionAspectSupport.java:379)",
        "messaging.handler.invocation.InvocableHandlerMethod.doInvoke"
        "(InvocableHandlerMethod.java:169)",
        "messaging.handler.invocation.InvocableHandlerMethod.invoke"
        "(InvocableHandlerMethod.java:119)",
        "kafka.listener.adapter.HandlerAdapter.invoke(HandlerAdapter.java:78)",
        "kafka.listener.adapter.MessagingMessageListenerAdapter.invokeHandler"
        "(MessagingMessageListenerAdapter.java:490)",
        "kafka.listener.adapter.RecordMessagingMessageListenerAdapter.onMessage"
        "(RecordMessagingMessageListenerAdapter.java:85)",
    )
)
"""What stands between an application's method and its listener, as in most real stacks."""


def _frames(package: str, *calls: str) -> tuple[str, ...]:
    first, *rest = (
        f"com.shop.{package}.{call}({call.partition('.')[0]}.java:{40 + n * 17})"
        for n, call in enumerate(calls)
    )
    return (first, *_AROUND[:5], *rest, *_AROUND[:5], *_AROUND[5:])


_SHOP = "com.shop"
_FAILURES = (
    ("payment", f"{_SHOP}.payment.GatewayTimeoutException",
     "no answer from gateway in 2000 ms (order-{n}, {n}.50 EUR)", "PaymentClient.charge",
     "java.net.SocketTimeoutException: Read timed out"),
    ("inventory", "java.lang.IllegalStateException",
     "order-{n}: nothing left of SKU-A{n} in warehouse B", "SaleAllotment.take", ""),
    ("order", "org.springframework.dao.OptimisticLockingFailureException",
     "order-{n}: row version {n} expected, 7 found", "OrderRepository.save", ""),
    ("payment", "java.lang.NullPointerException",
     'Cannot invoke "String.toUpperCase()" because the return value of '
     '"com.shop.order.OrderCreated.currency()" is null', "PayerTable.put", ""),
    ("shipping", f"{_SHOP}.shipping.AddressRejected",
     "carrier refused 'Street {n}, 10115 Berlin' for 3f2504e0-4f89-41d3-9a0c-{n:012x}",
     "CarrierClient.book", ""),
    ("order", "org.springframework.dao.DuplicateKeyException",
     'duplicate key value violates unique constraint "orders_pkey" Detail: Key (id)=({n})',
     "OrderRepository.insert", "org.postgresql.util.PSQLException: ERROR: duplicate key {n}"),
    ("notification", f"{_SHOP}.notification.MailRejected",
     "550 unknown user customer{n}@example.org", "Mailer.send", ""),
)  # fmt: skip
KINDS = len(_FAILURES) + 1


def letters(count: int, topic: str, partitions: int) -> Iterator[Record]:
    """So many letters, each of another origin; some kinds are more frequent than others."""
    for n in range(count):
        origin = _origin(n, partitions)
        yield origin._replace(
            topic=topic, offset=0, headers=letter_headers(origin, _failure(n * n % 37 % KINDS, n))
        )


def _origin(n: int, partitions: int) -> Record:
    order = b"order-%d" % (n % 20_000)
    lines = b",".join(b'{"sku":"A%d","quantity":%d,"price":12.5}' % (n + i, i) for i in range(8))
    value = b'{"type":"OrderPaid","orderId":"%s","lines":[%s]}' % (order, lines)
    headers = (("eventId", b"e-%d" % n), ("traceparent", b"00-%032x-%016x-01" % (n, n)))
    time_ms = START_MS + n * 36
    return Record(
        "order-events", n % partitions, n, time_ms, TimestampType.CREATE, order, value, headers
    )


def _failure(kind: int, n: int) -> Failure:
    if kind == len(_FAILURES):
        return Failure("order-service", None)
    package, exception, message, call, root = _FAILURES[kind]
    name = package.title()
    frames = _frames(package, call, f"{name}Service.handle", f"{name}Listener.on")
    return Failure(f"{package}-service", exception, message.format(n=n), frames, root.format(n=n))
