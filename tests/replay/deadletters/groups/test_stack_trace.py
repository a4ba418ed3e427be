"""Frames of stack traces: whose they are, what they are called, and which one counts."""

import time

import pytest

from replay.deadletters.groups.stack_trace import MAX_CHARS, frame_of, is_ours, top_frame
from tests.replay.deadletters.groups.handmade import STACK


def top(stack: str, *in_app: str) -> str | None:
    frame = top_frame(stack, in_app)
    return None if frame is None else frame.short


@pytest.mark.parametrize(
    ("line", "short"),
    [
        ("\tat com.shop.Pay.charge(Pay.java:88)", "Pay.charge"),
        ("\tat app//com.shop.Pay$Inner$1.run(Pay.java:5)", "Pay$Inner.run"),
        ("\tat com.shop.Pay$$EnhancerBySpringCGLIB$$1a2b.charge(<generated>)", "Pay.charge"),
        ("\tat com.shop.Pay$$SpringCGLIB$$0.charge(<generated>)", "Pay.charge"),
        ("\tat com.shop.Pay.lambda$charge$4(Pay.java:5)", "Pay.charge"),
        ("\tat com.shop.Pay$$Lambda$14/0x0000000800c03000.run(Unknown Source)", "Pay.run"),
        ("\tat com.shop.Pay$$Lambda/0x00007f12.run(Unknown Source)", "Pay.run"),
        ("\tat com.shop.$Proxy77.save(Unknown Source)", "$Proxy.save"),
        ("\tat com.shop.Pay.<init>(Pay.java:5)", "Pay.<init>"),
        ("\tat Dlt$L.on(Dlt.java:88)", "Dlt$L.on"),
        ("   at Shop.Pay.Charge(String id) in C:\\src\\Pay.cs:line 8", "Pay.Charge"),
        ("   at Shop.Pay.<ChargeAsync>d__5.MoveNext() in /src/Pay.cs:line 8", "Pay.ChargeAsync"),
        ("   at Shop.Pay.<>c__DisplayClass5_0.<Charge>b__0()", "Pay.Charge"),
        ("   at Shop.Repo`1.Save[T](T row)", "Repo.Save"),
        ('  File "/app/shop/payment.py", line 8, in charge', "payment.charge"),
        ("    at PaymentClient.charge (/app/src/payment.js:88:13)", "PaymentClient.charge"),
        ("    at async /app/src/payment.js:3:4", "payment"),
        ("    at charge (/app/internal/payment.js:3:4)", "payment.charge"),
    ],
)
def test_a_frame_of_the_application_has_a_short_name(line: str, short: str) -> None:
    frame = frame_of(line)
    assert frame is not None
    assert (frame.short, is_ours(line)) == (short, True)


@pytest.mark.parametrize(
    "line",
    [
        "\tat java.base/java.lang.Thread.run(Thread.java:840)",
        "\tat jdk.proxy2/jdk.proxy2.$Proxy99.save(Unknown Source)",
        "\tat $Proxy12.save(Unknown Source)",
        "\tat org.apache.kafka.clients.consumer.KafkaConsumer.poll(KafkaConsumer.java:874)",
        "   at System.Net.Http.HttpClient.Send(HttpRequestMessage request)",
        '  File "/app/.venv/lib/python3.11/site-packages/faust/agents.py", line 5, in run',
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
        "    at processTicksAndRejections (internal/process/task_queues.js:95:5)",
        "    at Consumer.run (/app/node_modules/kafkajs/src/consumer.js:3:4)",
        " at [Source: UNKNOWN; line: 1, column: 37]",
        "at least one (of them) failed",
        "\t... 16 more",
        "Caused by: com.shop.Broken: no",
        "",
    ],
)
def test_frameworks_and_what_is_no_frame_are_not_the_applications(line: str) -> None:
    assert not is_ours(line)


def test_the_topmost_frame_of_the_application_counts() -> None:
    assert top(STACK) == "PaymentClient.charge"


def test_the_innermost_cause_comes_first() -> None:
    inner = "Caused by: com.shop.Root: deep\n\tat com.shop.Deep.fail(Deep.java:1)\n\t... 4 more\n"
    assert top(STACK + inner) == "Deep.fail"


def test_a_cause_without_own_frames_gives_way_to_the_one_around_it() -> None:
    inner = "Caused by: java.net.Timeout: x\n\tat java.base/java.net.Socket.read(S.java:1)\n\t... 4"
    assert top(STACK + inner) == "PaymentClient.charge"


def test_a_suppressed_exception_is_not_the_cause() -> None:
    suppressed = (
        "\tSuppressed: com.shop.AlsoBroken: x\n\t\tat com.shop.Close.close(C.java:1)\n"
        "\tCaused by: com.shop.Y: y\n\t\tat com.shop.Inside.close(C.java:1)\n"
    )
    assert top(f"java.lang.X: x\n\tat java.base/java.lang.A.b(A.java:1)\n{suppressed}") is None
    assert top(STACK + suppressed) == "PaymentClient.charge"


def test_a_message_may_look_like_a_frame() -> None:
    stack = STACK.replace("no answer", "stuck\n at [Source: x; line: 1]\nat once")
    assert top(stack) == "PaymentClient.charge"


def test_dotnet_writes_the_innermost_first() -> None:
    stack = (
        "System.Exception: outer\n ---> System.TimeoutException: inner\n"
        "   at System.Net.Sockets.Socket.Receive()\n   at Shop.Gateway.Ask() in /src/G.cs:line 4\n"
        "   --- End of inner exception stack trace ---\n   at Shop.Handler.Handle()\n"
    )
    assert top(stack) == "Gateway.Ask"


def test_python_writes_the_innermost_last_and_causes_first() -> None:
    def traceback(path: str) -> str:
        return (
            'Traceback (most recent call last):\n  File "/app/main.py", line 1, in main\n'
            f'  File "/app/{path}.py", line 9, in act\n'
            '  File "/usr/lib/python3.11/socket.py", line 7, in read\nTimeoutError: x\n'
        )

    between = "\nThe above exception was the direct cause of the following exception:\n\n"
    assert top(traceback("gateway") + between + traceback("handler")) == "gateway.act"


def test_only_configured_packages_are_the_applications_where_there_are_any() -> None:
    assert top(STACK, "com.shop.payment.PaymentListener") == "PaymentListener.on"
    assert top(STACK, "org.springframework.aop.") == "CglibAopProxy.intercept"
    assert top(STACK, "org.example.") is None


def test_a_configured_part_of_a_path_makes_a_file_the_applications() -> None:
    line = '  File "/srv/site-packages/shop/payment.py", line 8, in charge'
    assert is_ours(line, ("/shop/",))
    assert not is_ours(line, ("/warehouse/",))


def test_of_a_huge_trace_both_ends_are_looked_at() -> None:
    filler = "\tat java.base/java.util.A.b(A.java:1)\n" * (MAX_CHARS // 20)
    cause = "Caused by: com.shop.Root: deep\n\tat com.shop.Deep.fail(Deep.java:1)\n"
    assert top(STACK + filler) == "PaymentClient.charge"
    assert top(STACK + filler + cause) == "Deep.fail"


@pytest.mark.parametrize(
    "piece",
    ["at ", "\n\tat a.b", "\nCaused by: ", "$$Lambda$1/", 'File "', "\n\tat a.<b>", "\tat a.b(\n"],
)
def test_garbage_of_five_megabytes_takes_no_time(piece: str) -> None:
    started_s = time.process_time()
    top(piece * (5_000_000 // len(piece)))
    assert time.process_time() - started_s < 0.5
