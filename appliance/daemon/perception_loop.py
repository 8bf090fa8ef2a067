"""Camera → networks → audience → inbox, in one thread; heals itself when a part is missing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from appliance.camera.camera import Camera
from appliance.daemon.perception import Perception
from appliance.daemon.sensing_switch import SensingSwitch
from appliance.daemon.worker import Pulse
from appliance.domain import AudienceMoment, Sensing
from appliance.errors import ApplianceError, CameraError, ModelError
from appliance.messages import Message, MomentObserved, SensingChanged

logger = logging.getLogger(__name__)
Part = TypeVar("Part")

POST_RETRY_S = 0.2


class StoppedError(Exception):
    """The stop event was set, or sensing was paused, while waiting for a part."""


@dataclass(frozen=True, slots=True)
class PerceptionRates:
    """Frames a second with and without somebody there, and the waits for a lost part."""

    fps: float
    idle_fps: float
    retry_s: float
    retry_max_s: float


class PerceptionLoop:
    """Owns the camera; posts one ``MomentObserved`` a frame and says when it cannot see."""

    def __init__(
        self,
        open_camera: Callable[[], Camera],
        open_perception: Callable[[], Perception],
        post: Callable[[Message], bool],
        switch: SensingSwitch,
        rates: PerceptionRates,
        renew: Callable[[Perception], None] = lambda perception: None,
        replace: Callable[[Perception, ModelError], bool] = lambda perception, error: False,
    ) -> None:
        """``renew`` may give the perception other networks; it is called between two frames.

        ``replace`` does so after a network has failed; false: there is no other.
        """
        self._open_camera = open_camera
        self._open_perception = open_perception
        self._post = post
        self._switch = switch
        self._rates = rates
        self._renew = renew
        self._replace = replace
        self.camera_name = "none"
        self.frames_per_s = 0.0

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``: open what is missing, look, and report every change of sight."""
        perception: Perception | None = None
        while not stop.is_set():
            if self._switch.is_paused:
                self._wait_while_paused(stop, pulse)
                continue
            try:
                if perception is None:
                    perception = self._obtain(
                        "no-model", self._open_perception, ModelError, stop, pulse
                    )
                self._look(perception, stop, pulse)
            except StoppedError:
                continue
            except ModelError as exc:
                logger.error("A network has failed: %s", exc)
                perception = None
                self._say(SensingChanged(Sensing.UNAVAILABLE, "no-model"), stop)
                self._wait(self._rates.retry_max_s, stop, pulse)

    def _look(self, perception: Perception, stop: threading.Event, pulse: Pulse) -> None:
        """One life of the camera: from opening to loss, pause or stop."""
        camera = self._obtain("no-camera", self._open_camera, CameraError, stop, pulse)
        self.camera_name = camera.name
        logger.info("Camera open: %s", camera.name)
        perception.reset()
        self._say(SensingChanged(Sensing.ON, None), stop)
        lost: CameraError | None = None
        try:
            self._watch(camera, perception, stop, pulse)
        except CameraError as exc:
            lost = exc
        finally:
            camera.close()
            self.camera_name, self.frames_per_s = "none", 0.0
            self._post(MomentObserved(AudienceMoment(time.monotonic(), 0, None)))
        if lost is not None:
            # After the empty moment: nobody is there any more once the loss is said.
            logger.warning("Camera lost: %s", lost)
            self._say(SensingChanged(Sensing.UNAVAILABLE, "no-camera"), stop)
            stop.wait(self._rates.retry_s)

    def _watch(
        self, camera: Camera, perception: Perception, stop: threading.Event, pulse: Pulse
    ) -> None:
        is_idle = True
        camera.set_fps(self._rates.idle_fps)
        previous_s = time.monotonic()
        while not stop.is_set() and not self._switch.is_paused:
            self._renew(perception)
            frame = camera.read()
            try:
                moment = perception.step(frame)
            except ModelError as exc:
                if not self._replace(perception, exc):
                    raise
                continue
            self._post(MomentObserved(moment))
            pulse.beat()
            nobody = moment.leader is None and moment.watchers == 0
            if nobody is not is_idle:
                is_idle = nobody
                camera.set_fps(self._rates.idle_fps if is_idle else self._rates.fps)
            now_s = time.monotonic()
            self.frames_per_s += 0.1 * (1 / max(now_s - previous_s, 1e-3) - self.frames_per_s)
            previous_s = now_s

    def _wait(self, duration_s: float, stop: threading.Event, pulse: Pulse) -> None:
        until_s = time.monotonic() + duration_s
        while time.monotonic() < until_s and not self._switch.is_paused and not stop.wait(0.2):
            pulse.beat()

    def _wait_while_paused(self, stop: threading.Event, pulse: Pulse) -> None:
        self._say(SensingChanged(Sensing.PAUSED, None), stop)
        while self._switch.is_paused and not stop.wait(0.2):
            pulse.beat()

    def _obtain(
        self,
        trouble: str,
        opener: Callable[[], Part],
        error: type[ApplianceError],
        stop: threading.Event,
        pulse: Pulse,
    ) -> Part:
        """Open a part, trying again with growing waits; ``StoppedError`` when asked to end."""

        def sleep(duration_s: float) -> None:
            until_s = time.monotonic() + duration_s
            while time.monotonic() < until_s:
                pulse.beat()
                if stop.wait(min(0.5, duration_s)) or self._switch.is_paused:
                    raise StoppedError

        def complain(state: RetryCallState) -> None:
            problem = state.outcome.exception() if state.outcome else None
            if state.attempt_number == 1:
                logger.warning("Cannot see (%s): %s", trouble, problem)
                self._say(SensingChanged(Sensing.UNAVAILABLE, trouble), stop)

        retrying = Retrying(
            retry=retry_if_exception_type(error),
            wait=wait_exponential(
                multiplier=self._rates.retry_s, max=self._rates.retry_max_s, min=self._rates.retry_s
            ),
            sleep=sleep,
            before_sleep=complain,
        )
        return retrying(opener)

    def _say(self, message: SensingChanged, stop: threading.Event) -> None:
        """A change of sight must arrive, so a full inbox is waited for."""
        while not self._post(message):
            if stop.wait(POST_RETRY_S):
                return
