"""fixtures.py and liveliness.py: pictures on walls are learned, left out and forgotten."""

from __future__ import annotations

from appliance.audience.fixtures import Fixtures
from appliance.audience.liveliness import Liveliness
from appliance.domain import Detection
from tests.audience.scores import face

AFTER_S = 60.0
FPS = 4


def poster(change: float | None = 0.5, x: float = 100) -> Detection:
    return Detection(face(x, 100, 80).box, 0.9, change)


def watch(fixtures: Fixtures, sights: list[list[Detection]], start_s: float) -> list[int]:
    """How many faces were left in each frame."""
    return [
        len(fixtures.leave_out(seen, start_s + number / FPS)) for number, seen in enumerate(sights)
    ]


def learned(seconds: float = AFTER_S + 1) -> Fixtures:
    fixtures = Fixtures(AFTER_S)
    watch(fixtures, [[poster()]] * int(seconds * FPS), 0.0)
    return fixtures


def test_a_face_that_never_changes_is_left_out_once_the_time_is_over() -> None:
    fixtures = Fixtures(AFTER_S)

    left = watch(fixtures, [[poster()]] * int(70 * FPS), 0.0)

    assert left.index(0) / FPS == AFTER_S
    assert fixtures.count == 1


def test_a_person_is_never_learned() -> None:
    sights = [[poster(1.4 if number % 3 else 0.6)] for number in range(600 * FPS)]
    fixtures = Fixtures(AFTER_S)

    assert set(watch(fixtures, sights, 0.0)) == {1}
    assert fixtures.count == 0


def test_what_was_not_measured_is_never_learned() -> None:
    fixtures = Fixtures(AFTER_S)

    assert set(watch(fixtures, [[poster(None)]] * int(200 * FPS), 0.0)) == {1}


def test_a_picture_that_is_found_only_now_and_then_is_learned_later() -> None:
    fixtures = Fixtures(AFTER_S)

    watch(fixtures, [[poster()], [], [], []] * 70 * FPS, 0.0)

    assert fixtures.count == 1


def test_somebody_beside_a_picture_is_left_in() -> None:
    fixtures = learned()

    person = poster(1.5, x=400)

    assert fixtures.leave_out([poster(), person], AFTER_S + 1.2) == [person]


def test_somebody_who_walks_past_does_not_make_a_fixture_forgotten() -> None:
    fixtures = learned()

    watch(fixtures, [[poster(9.0)]] * 2 * FPS, 61.0)

    assert watch(fixtures, [[poster()]] * 8, 63.0)[-1] == 0
    assert fixtures.count == 1


def test_somebody_in_front_of_a_picture_is_seen_after_three_sights() -> None:
    assert watch(learned(), [[poster(9.0)]] * 5, 61.0) == [0, 0, 1, 1, 1]


def test_a_fixture_that_moves_for_long_is_forgotten() -> None:
    fixtures = learned()

    watch(fixtures, [[poster(9.0)]] * 7 * FPS, 61.0)

    assert fixtures.count == 0


def test_a_fixture_that_is_gone_is_forgotten() -> None:
    fixtures = learned()

    fixtures.leave_out([], 61.0 + AFTER_S - 1)
    assert fixtures.count == 1
    fixtures.leave_out([], 61.0 + AFTER_S + 1)
    assert fixtures.count == 0


def test_crowds_leave_no_places_behind() -> None:
    fixtures = Fixtures(AFTER_S)
    for number in range(200):
        fixtures.leave_out([poster(9.0, x=37.0 * number)], number / FPS)

    assert len(fixtures._places) <= 3 * FPS


def test_one_change_of_light_is_no_life_and_three_changes_are() -> None:
    life = Liveliness()
    for number, change in enumerate([5.0, 0.2, 0.2, 5.0, 0.3, 0.3]):
        life.observe(change, number / 8)
    assert not life.is_alive
    life.observe(1.2, 1.0)
    assert not life.is_alive
    life.observe(1.2, 1.1)
    assert life.is_alive
    assert life.alive_s == 1.1
