"""Where events lie on the slider, and which one a click means."""

from tui.render.scrubber import column_of, n_at, track


def test_the_first_event_is_at_the_start_and_the_last_at_the_end() -> None:
    assert [column_of(n, 3, 21) for n in (1, 2, 3)] == [0, 10, 20]


def test_each_event_is_where_a_click_finds_it() -> None:
    assert [n_at(column_of(n, 9, 40), 9, 40) for n in range(1, 10)] == list(range(1, 10))


def test_a_click_beside_the_slider_means_its_end() -> None:
    assert (n_at(-5, 9, 40), n_at(99, 9, 40), n_at(3, 0, 40), n_at(3, 1, 40)) == (1, 9, 0, 1)


def test_the_knob_hides_a_sign_and_not_the_other_way() -> None:
    assert track(2, 3, 5, {1: "◆", 2: "✗", 3: "★"}) == "◆━█─★"
