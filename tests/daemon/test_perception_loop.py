"""Camera and networks may be missing or go away; the loop says so and heals."""

from __future__ import annotations

import threading
import time

import pytest

from appliance.daemon.inbox import Inbox
from appliance.daemon.perception_loop import PerceptionLoop, PerceptionRates
from appliance.daemon.sensing_switch import SensingSwitch
from appliance.daemon.worker import Pulse
from appliance.domain import Sensing
from appliance.errors import CameraError, ModelError
from appliance.messages import MomentObserved, SensingChanged
from tests.factories import a_leader, a_moment
from tests.fakes import FakeCamera, FakePerception

RATES = PerceptionRates(fps=8, idle_fps=2, retry_s=0.01, retry_max_s=0.05)


class Rig:
    """The loop in a thread of its own, with an inbox that keeps every message."""

    def __init__(
        self, open_camera, look=a_moment, open_perception=None, replace=lambda *_: False
    ) -> None:
        self.inbox = Inbox()
        self.moments = []
        self.sights: list[SensingChanged] = []
        self.switch = SensingSwitch()
        self.perception = FakePerception(look)
        self.loop = PerceptionLoop(
            open_camera,
            open_perception or (lambda: self.perception),
            self.post,
            self.switch,
            RATES,
            replace=replace,
        )
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.loop.run, args=(self.stop, Pulse()))

    def post(self, message) -> bool:
        if isinstance(message, MomentObserved):
            self.moments.append(message.moment)
        else:
            self.sights.append(message)
        return True

    def wait_for(self, condition) -> None:
        until_s = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < until_s, "waited in vain"
            time.sleep(0.005)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()

    def sensings(self):
        return [(sight.sensing, sight.trouble) for sight in self.sights]


def test_frames_become_moments():
    with Rig(FakeCamera) as rig:
        rig.wait_for(lambda: len(rig.moments) > 3)
        assert rig.loop.camera_name == "fake camera"
        assert rig.sensings() == [(Sensing.ON, None)]
    assert rig.loop.camera_name == "none"


def test_the_frame_rate_follows_whether_somebody_is_there():
    camera = FakeCamera()
    present = threading.Event()
    look = lambda: a_moment(a_leader() if present.is_set() else None)  # noqa: E731
    with Rig(lambda: camera, look) as rig:
        rig.wait_for(lambda: camera.rates == [RATES.idle_fps])
        present.set()
        rig.wait_for(lambda: camera.rates == [RATES.idle_fps, RATES.fps])
        present.clear()
        rig.wait_for(lambda: camera.rates[-1] == RATES.idle_fps)


def test_a_lost_camera_is_reported_and_opened_again():
    cameras = [FakeCamera(3), FakeCamera()]
    waiting = list(cameras)
    with Rig(lambda: waiting.pop(0)) as rig:
        rig.wait_for(lambda: len(rig.sights) >= 3)
        assert rig.sensings()[:3] == [
            (Sensing.ON, None),
            (Sensing.UNAVAILABLE, "no-camera"),
            (Sensing.ON, None),
        ]
        assert cameras[0].is_closed
        assert rig.perception.resets == 2
    assert any(moment.leader is None and moment.watchers == 0 for moment in rig.moments)


def test_nobody_is_there_any_more_once_the_loss_is_said():
    cameras = [FakeCamera(3), FakeCamera()]
    watchers = []

    class Told(Rig):
        def post(self, message) -> bool:
            if isinstance(message, SensingChanged) and message.trouble == "no-camera":
                watchers.append([moment.watchers for moment in self.moments])
            return super().post(message)

    with Told(lambda: cameras.pop(0), look=lambda: a_moment(watchers=2)) as rig:
        rig.wait_for(lambda: len(rig.sights) >= 3)
    assert watchers == [[2, 2, 2, 0]]


@pytest.mark.parametrize(
    ("trouble", "error"), [("no-camera", CameraError), ("no-model", ModelError)]
)
def test_a_missing_part_is_reported_once_and_tried_again(trouble, error):
    attempts = []

    def opener():
        attempts.append(1)
        if len(attempts) < 4:
            raise error("not there")
        return FakeCamera() if trouble == "no-camera" else FakePerception(a_moment)

    rig = Rig(opener) if trouble == "no-camera" else Rig(FakeCamera, open_perception=opener)
    with rig:
        rig.wait_for(lambda: rig.moments)
        assert rig.sensings() == [(Sensing.UNAVAILABLE, trouble), (Sensing.ON, None)]


def test_pausing_closes_the_camera_until_it_is_resumed():
    cameras = []

    def opener():
        cameras.append(FakeCamera())
        return cameras[-1]

    with Rig(opener) as rig:
        rig.wait_for(lambda: len(rig.moments) > 1)
        rig.switch.pause()
        rig.wait_for(lambda: (Sensing.PAUSED, None) in rig.sensings())
        assert cameras[0].is_closed
        seen = len(rig.moments)
        time.sleep(0.05)
        assert len(rig.moments) == seen
        rig.switch.resume()
        rig.wait_for(lambda: len(rig.moments) > seen)
        assert len(cameras) == 2


def test_pausing_while_the_camera_is_missing_does_not_end_the_loop():
    def opener():
        raise CameraError("not there")

    with Rig(opener) as rig:
        rig.wait_for(lambda: rig.sights)
        rig.switch.pause()
        rig.wait_for(lambda: (Sensing.PAUSED, None) in rig.sensings())
        assert rig.thread.is_alive()


def failing_once(failures):
    """Perception that fails so many times and then sees nobody."""
    left = [failures]

    def look():
        if left[0]:
            left[0] -= 1
            raise ModelError("answers with no numbers")
        return a_moment()

    return look


def test_a_network_that_fails_at_work_is_replaced_between_two_frames():
    replaced = []

    def replace(perception, error):
        replaced.append(str(error))
        return True

    with Rig(FakeCamera, failing_once(1), replace=replace) as rig:
        rig.wait_for(lambda: len(rig.moments) > 3)
        assert rig.sensings() == [(Sensing.ON, None)]
    assert replaced == ["answers with no numbers"]


def test_without_another_network_the_unit_says_so_and_tries_again():
    with Rig(FakeCamera, failing_once(2)) as rig:
        rig.wait_for(lambda: len(rig.moments) > 5)
        sights = rig.sensings()
        assert sights[:3] == [
            (Sensing.ON, None),
            (Sensing.UNAVAILABLE, "no-model"),
            (Sensing.ON, None),
        ]
        assert rig.thread.is_alive()
