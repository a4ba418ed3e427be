from replay.deadletters.groups.rules import Rules
from tui.render.stack_text import MAX_LINES, read_stack, shortened, stack_lines

IS_OURS = Rules(in_app=("com.shop.",)).is_ours
TRACE = """org.springframework.Failed: Listener failed
\tat org.springframework.Container.decorate(Container.java:1)
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: com.shop.NoAnswer: after \x1b[31m2000 ms
\tat com.shop.Client.charge(Client.java:88)
\t... 10 more
"""


def plain(trace: str, width: int = 200, *, folded: bool) -> list[str]:
    return [line.plain for line in stack_lines(read_stack(trace, IS_OURS), width, folded=folded)]


def test_frames_of_frameworks_are_folded_where_they_stand_together() -> None:
    assert plain(TRACE, folded=True) == [
        "org.springframework.Failed: Listener failed",
        "  … 2 framework frames",
        "Caused by: com.shop.NoAnswer: after ␛[31m2000 ms",
        "  at com.shop.Client.charge(Client.java:88)",
        "  … 1 framework frame",
    ]


def test_unfolded_every_line_is_there() -> None:
    lines = plain(TRACE, folded=False)
    assert len(lines) == 6
    assert lines[1] == "  at org.springframework.Container.decorate(Container.java:1)"


def test_frames_are_counted_by_whose_they_are() -> None:
    stack = read_stack(TRACE, IS_OURS)
    assert (stack.ours, stack.folded) == (1, 3)
    assert read_stack(None, IS_OURS).summary == "no stack"


def test_what_is_beyond_the_limit_is_counted() -> None:
    trace = "x\n" * (MAX_LINES + 7)
    assert plain(trace, folded=True)[-1] == "… 7 more lines"


def test_packages_are_shortened_only_as_far_as_is_needed() -> None:
    frame = "at com.shop.payment.Client.charge(Client.java:88)"
    assert shortened(frame, 60) == frame
    assert shortened(frame, 38) == "at c.s.p.Client.charge(Client.java:88)"
    assert shortened(frame, 10) == "at c.s.p.Client.charge(…:88)"
