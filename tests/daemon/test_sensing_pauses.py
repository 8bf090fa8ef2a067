"""Who closes the camera and who may open it again: on a real database, with a told clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from appliance.daemon.gpio_button import open_staff_button
from appliance.daemon.sensing_pauses import SensingPauses
from appliance.daemon.sensing_switch import SensingSwitch
from appliance.domain import PausedBy, Sensing
from appliance.messages import (
    Message,
    SensingChanged,
    SensingPauseRequested,
    StaffWish,
    StaffWished,
)
from appliance.store.sensing_stop import SensingStop, SensingStopStore
from appliance.store.stamp import Stamp
from tests.daemon.test_control_loop import Rig
from tests.factories import a_leader
from tests.fakes import FakeClock


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    rig.send(SensingChanged(Sensing.ON, None))
    yield rig
    rig.database.close()


def wish(rig: Rig, what: StaffWish, for_s: float | None = None) -> None:
    rig.send(StaffWished(what, for_s, Future()))


def touch(rig: Rig, duration_s: float) -> None:
    rig.send(SensingPauseRequested(duration_s, Future()))


def cause(rig: Rig) -> PausedBy | None:
    assert rig.switch.is_paused is (rig.state.sensing is Sensing.PAUSED)
    return rig.state.sensing_paused_by


def test_no_touch_ends_what_staff_have_stopped(rig: Rig) -> None:
    rig.see(a_leader())
    wish(rig, StaffWish.STOP)
    assert cause(rig) is PausedBy.STAFF
    assert rig.loop.moment is None
    assert rig.rows("SELECT * FROM visits WHERE ended_at IS NULL") == []
    for seconds in (0, 300, 0):
        touch(rig, seconds)
        assert cause(rig) is PausedBy.STAFF
    rig.wait(86_400)
    assert cause(rig) is PausedBy.STAFF
    wish(rig, StaffWish.START)
    assert cause(rig) is None


def test_a_passer_bys_pause_outlasts_a_shorter_stop(rig: Rig) -> None:
    touch(rig, 300)
    wish(rig, StaffWish.STOP, 60)
    rig.wait(61)
    assert cause(rig) is PausedBy.VISITOR
    rig.wait(240)
    assert cause(rig) is None


def test_a_stop_with_an_end_ends_and_is_forgotten(rig: Rig) -> None:
    wish(rig, StaffWish.STOP, 1800)
    assert rig.state.sensing_paused_until_s == rig.clock.now_s + 1800
    kept = SensingStopStore(rig.database).read()
    assert kept is not None
    assert kept.for_s == 1800
    rig.wait(1799)
    assert cause(rig) is PausedBy.STAFF
    rig.wait(1)
    assert cause(rig) is None
    assert SensingStopStore(rig.database).read() is None


def after_restart(stop: SensingStop | None, clock: FakeClock) -> SensingPauses:
    pauses = SensingPauses(SensingSwitch())
    pauses.restore(stop, clock.now())
    return pauses


def test_it_holds_over_a_restart(rig: Rig) -> None:
    wish(rig, StaffWish.STOP)
    kept = SensingStopStore(rig.database).read()
    rig.clock.advance(7 * 86_400)
    pauses = after_restart(kept, rig.clock)
    assert (pauses.cause, pauses.until_s) == (PausedBy.STAFF, None)


@pytest.mark.parametrize(
    ("off_s", "is_synced", "left_s"),
    [(600, True, 1200), (1800, True, None), (600, False, 1800), (-86_400, True, 1800)],
    ids=["the rest", "over", "clock not set", "clock set back"],
)
def test_of_a_stop_with_an_end_the_rest_is_left(
    off_s: float, is_synced: bool, left_s: float | None
) -> None:
    clock = FakeClock()
    stop = SensingStop.from_now(1800, clock.now().stamp)
    clock.advance(off_s)
    clock.is_synced = is_synced
    pauses = after_restart(stop, clock)
    if left_s is None:
        assert pauses.cause is None
    else:
        assert pauses.until_s == pytest.approx(clock.now_s + left_s)


def test_a_word_that_cannot_be_read_means_stop(rig: Rig) -> None:
    rig.database.write("INSERT INTO meta VALUES ('sensing_stop', '{\"for')")
    assert SensingStopStore(rig.database).read() == SensingStop(None, None)


def quiet_from_22_to_6(local: dt.datetime) -> bool:
    return local.hour >= 22 or local.hour < 6


def test_quiet_hours_close_the_camera_and_end_by_themselves() -> None:
    clock = FakeClock(dt.datetime(2026, 4, 10, 21, 59, 59, tzinfo=dt.UTC))
    switch = SensingSwitch()
    pauses = SensingPauses(switch, quiet_from_22_to_6)
    pauses.pass_time(clock.now())
    assert not switch.is_paused
    clock.advance(1)
    pauses.pass_time(clock.now())
    assert pauses.cause is PausedBy.QUIET_HOURS
    pauses.by_visitor(0, clock.now())
    pauses.by_staff(StaffWish.START, None, clock.now())
    assert switch.is_paused
    clock.advance(8 * 3600)
    pauses.pass_time(clock.now())
    assert not switch.is_paused


def test_a_unit_that_starts_in_quiet_hours_never_opens_its_camera() -> None:
    clock = FakeClock(dt.datetime(2026, 4, 10, 23, 0, tzinfo=dt.UTC))
    switch = SensingSwitch()
    SensingPauses(switch, quiet_from_22_to_6).restore(None, clock.now())
    assert switch.is_paused


# --- the button ---------------------------------------------------------------------------


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    """gpiozero's own stand-in for the Raspberry Pi's header."""
    factory = MockFactory()
    before, Device.pin_factory = Device.pin_factory, factory
    yield factory
    factory.reset()
    Device.pin_factory = before


def test_a_press_stops_and_the_next_one_starts(pins: MockFactory, rig: Rig) -> None:
    with open_staff_button(17, rig.inbox.post):
        pin = pins.pin(17)
        for expected in (PausedBy.STAFF, None):
            pin.drive_low()
            pin.drive_high()
            rig.loop.step(1)
            assert cause(rig) is expected
    # Given back: another may have the pin.
    with open_staff_button(17, rig.inbox.post):
        pass


def test_a_unit_without_such_a_pin_runs_on(
    pins: MockFactory, caplog: pytest.LogCaptureFixture
) -> None:
    def post(message: Message) -> bool:
        raise AssertionError(message)

    with open_staff_button(17, post), open_staff_button(17, post):
        assert "The unit runs without its button" in caplog.text
        assert "GPIO 17" in caplog.text


def test_a_stamp_of_another_zone_reads_the_same() -> None:
    here = dt.datetime(2026, 4, 10, 14, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    stop = SensingStop.from_now(3600, Stamp(here))
    assert stop.left_s(Stamp(here.astimezone(dt.UTC))) == 3600
