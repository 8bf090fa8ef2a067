"""Builds the perception loop of a unit: which camera, which networks, by which rules."""

from __future__ import annotations

import logging
from collections.abc import Callable

from appliance.audience.rules import AudienceRules
from appliance.camera.camera import Camera, open_camera
from appliance.config import Settings
from appliance.daemon.networks import Networks
from appliance.daemon.options import UnitOptions
from appliance.daemon.perception import Perception
from appliance.daemon.perception_loop import PerceptionLoop, PerceptionRates
from appliance.daemon.sensing_switch import SensingSwitch
from appliance.daemon.slowness import Slowness
from appliance.daemon.tally import Tally
from appliance.errors import ModelError

logger = logging.getLogger(__name__)


class Seeing:
    """What the perception loop opens when it starts or begins again, and asks between frames."""

    def __init__(
        self,
        options: UnitOptions,
        settings: Callable[[], Settings],
        networks: Networks,
        tally: Tally,
    ) -> None:
        """``settings`` gives those in force."""
        self._options = options
        self._settings = settings
        self._networks = networks
        self._tally = tally
        self._slowness = Slowness()
        self.camera_turn: int | None = None
        """Degrees clockwise by which heads would stand upright; None: they do, or none was seen."""

    def loop(self, switch: SensingSwitch) -> PerceptionLoop:
        """The perception loop, not started yet."""
        camera = self._settings().camera
        return PerceptionLoop(
            self._open_camera,
            self._open_networks,
            self._tally.post,
            switch,
            PerceptionRates(camera.fps, camera.idle_fps, camera.retry_s, camera.retry_max_s),
            self._renew,
            self._replace,
        )

    def _open_camera(self) -> Camera:
        camera = self._settings().camera
        return open_camera(
            self._options.camera_source,
            width_px=camera.width_px,
            height_px=camera.height_px,
            fps=camera.fps,
            # A shop must not react to a photograph because its camera came loose.
            builtin_fallback=self._options.is_demo,
            rotate=camera.rotate,
            mirror=camera.mirror,
            refuse_frozen=True,
        )

    def _open_networks(self) -> Perception:
        audience = self._settings().audience
        rules = AudienceRules(
            leave_after_s=audience.leave_after_s,
            window_s=audience.window_s,
            stable_share=audience.stable_share,
            release_share=audience.release_share,
            min_face_px=audience.min_face_px,
            lead_confidence=audience.lead_confidence,
            fixture_after_s=audience.fixture_after_s,
        )
        return Perception(*self._networks.open_both(), rules)

    def _replace(self, perception: Perception, error: ModelError) -> bool:
        """After a network has failed: go on with the one before it, if there is one."""
        if not self._networks.give_up(perception.asked, str(error)):
            return False
        perception.use(*self._networks.open_both())
        return True

    def _renew(self, perception: Perception) -> None:
        self._tally.looked(perception.times)
        slow = self._slowness.observe(perception.times, self._settings().models.max_ms)
        if slow is not None:
            task, reason = slow
            perception.asked = task
            self._replace(perception, ModelError(reason))
        self.camera_turn = perception.camera_turn
        perception.ignore(self._settings().camera.ignore_zones)
        if not self._networks.have_changed:
            return
        try:
            perception.use(*self._networks.open_both())
        except ModelError as exc:
            logger.warning("The networks in use stay: %s", exc)
        else:
            titles = ", ".join(network.title for network in self._networks.in_use)
            logger.info("Networks changed: %s", titles)
