"""Streams that nobody configured are guessed from the names of topics."""

from replay.stream_guess import choose_stream, guess_streams, stream_of_topic
from replay.streams import Stream

DEMO = [f"{kind}-events{end}" for kind in ("order", "payment", "inventory") for end in ("", "-dlt")]


def test_topics_that_share_their_last_word_are_one_stream_with_their_letters() -> None:
    (stream,) = guess_streams(DEMO)
    assert (stream.name, stream.guessed) == ("events", True)
    assert stream.topics == ("inventory-events", "order-events", "payment-events")
    assert stream.dead_letters == ("inventory-events-dlt", "order-events-dlt", "payment-events-dlt")


def test_a_topic_without_relatives_is_a_stream_of_its_own_name() -> None:
    assert [s.name for s in guess_streams(["users", "shop.orders"])] == ["shop.orders", "users"]


def test_internal_retry_and_letter_topics_are_no_streams_events() -> None:
    names = ["orders", "__consumer_offsets", "orders-retry-0", "orders-dlt", "dlq.group"]
    (stream,) = guess_streams(names)
    assert (stream.topics, stream.dead_letters) == (("orders",), ("orders-dlt",))


def test_the_order_in_which_topics_are_named_does_not_matter() -> None:
    assert guess_streams(DEMO) == guess_streams([*reversed(DEMO), *DEMO])


def test_no_topics_are_no_streams() -> None:
    assert guess_streams([]) == ()
    assert choose_stream([], "order-1") is None


def test_a_key_chooses_the_stream_with_a_topic_named_like_it() -> None:
    orders = Stream("a", ("order-events",))
    widest = Stream("b", ("user-facts", "cart-facts"))
    assert choose_stream([widest, orders], "order-4711") is orders
    assert choose_stream([widest, orders], "ORDER_1") is orders
    assert choose_stream([orders, widest], "4711") is widest


def test_a_configured_stream_goes_before_a_guessed_one() -> None:
    configured = Stream("a", ("users",), guessed=False)
    assert choose_stream([Stream("b", ("order-events", "x-events")), configured], "order-1") is (
        configured
    )


def test_a_topic_belongs_to_the_stream_that_names_it_or_to_one_of_its_own() -> None:
    streams = guess_streams(DEMO)
    assert stream_of_topic(streams, "order-events-dlt") is streams[0]
    assert stream_of_topic(streams, "users") == Stream("users", ("users",))
