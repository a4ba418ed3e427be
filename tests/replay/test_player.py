"""A player under a clock that a test moves."""

import math

import pytest

from readers.errors import UsageError
from replay.player import MAX_SPEED, Player, StoryClock
from tests.fakes import START_MS
from tests.told_time import ToldTime

TIMES = [START_MS, START_MS + 1_000, START_MS + 1_000, START_MS + 500, None, START_MS + 4_000]


@pytest.fixture
def time() -> ToldTime:
    return ToldTime()


def test_events_are_told_when_they_are_due(time: ToldTime) -> None:
    player = Player(TIMES, time)
    player.play()
    assert list(player.advance()) == [1]
    assert player.wait_s() == 1.0
    time.now_s += 1.0
    assert list(player.advance()) == [2, 3, 4, 5]  # one goes backwards, one has no time
    time.now_s += 2.9
    assert list(player.advance()) == []
    time.now_s += 0.2
    assert list(player.advance()) == [6]
    assert (player.ended, player.wait_s()) == (True, None)


@pytest.mark.parametrize("speed", [0.1, 1.0, 2.5, 1000.0])
def test_a_speed_scales_the_waits(time: ToldTime, speed: float) -> None:
    player = Player(TIMES, time, speed=speed)
    player.play()
    player.advance()
    assert player.wait_s() == pytest.approx(1.0 / speed)


def test_the_speed_can_change_on_the_way_without_a_jump(time: ToldTime) -> None:
    player = Player(TIMES, time)
    player.play()
    player.advance()
    time.now_s += 0.5
    player.speed = 10.0
    assert player.at_ms == START_MS + 500
    assert player.wait_s() == pytest.approx(0.05)


def test_as_fast_as_it_goes_everything_is_due_in_pieces(time: ToldTime) -> None:
    player = Player(TIMES, time, speed=MAX_SPEED)
    player.play()
    assert list(player.advance(4)) == [1, 2, 3, 4]
    assert player.at_ms == START_MS + 1_000
    assert list(player.advance(4)) == [5, 6]


def test_a_rate_passes_over_the_events_own_times(time: ToldTime) -> None:
    player = Player(TIMES, time, rate=50)
    player.play()
    assert list(player.advance()) == [1]
    time.now_s += 0.041
    assert list(player.advance()) == [2, 3]


def test_paused_nothing_comes_and_nothing_is_made_up_for(time: ToldTime) -> None:
    player = Player(TIMES, time)
    player.play()
    player.advance()
    player.pause()
    time.now_s += 3_600
    assert list(player.advance()) == []
    player.play()
    assert player.wait_s() == 1.0


def test_a_breakpoint_stops_behind_its_event_and_play_goes_on(time: ToldTime) -> None:
    player = Player(TIMES, time, breaks_at=lambda n: n in (2, 6))
    player.play()
    time.now_s += 60
    assert list(player.advance()) == [1, 2]
    assert (player.stopped_at, player.playing) == (2, False)
    player.play()
    assert list(player.advance()) == [3, 4, 5]
    time.now_s += 3
    assert (list(player.advance()), player.stopped_at) == ([6], 6)


def test_seek_stands_behind_an_event_and_plays_on_from_there(time: ToldTime) -> None:
    player = Player(TIMES, time)
    player.seek(3)
    assert (player.n, player.at_ms) == (3, START_MS + 1_000)
    player.seek(99)
    assert player.ended
    player.play()
    player.seek(0)
    assert list(player.advance()) == [1]


def test_seek_by_time_stands_behind_what_is_told_by_then(time: ToldTime) -> None:
    player = Player(TIMES, time)
    player.seek_time(START_MS + 1_500)
    assert player.n == 5
    player.play()
    assert player.wait_s() == pytest.approx(2.5)
    player.seek_time(START_MS - 1)
    assert player.n == 0


def test_steps_pause_and_stay_within_the_story(time: ToldTime) -> None:
    player = Player(TIMES, time)
    player.play()
    player.step(2)
    assert (player.n, player.playing) == (2, False)
    player.step(-5)
    assert player.n == 0


def test_more_events_may_come_while_it_plays(time: ToldTime) -> None:
    player = Player(TIMES[:1], time)
    player.play()
    assert list(player.advance()) == [1]
    player.extend([START_MS + 2_000])
    assert player.wait_s() == 2.0


def test_a_player_without_events_has_nothing_to_tell(time: ToldTime) -> None:
    player = Player([], time)
    player.play()
    player.seek(3)
    assert (list(player.advance()), player.wait_s(), player.n) == ([], None, 0)


@pytest.mark.parametrize("speed", [0, -1, 0.09, 1001, math.nan])
def test_a_speed_that_cannot_be_is_refused(time: ToldTime, speed: float) -> None:
    with pytest.raises(UsageError, match=r"from 0\.1 to 1000"):
        StoryClock(time, speed=speed)


def test_the_same_clock_tells_the_same(time: ToldTime) -> None:
    def told() -> list[tuple[int, float]]:
        time.now_s = 0.0
        player, found = Player(TIMES, time, speed=3.0), []
        player.play()
        while not player.ended:
            found += [(n, player.at_ms) for n in player.advance()]
            time.now_s += 0.07
        return found

    assert told() == told()
