"""Holds what the page reports of plays to what can be true, over a restart of the unit too."""

from __future__ import annotations

import logging
from dataclasses import replace

from appliance.daemon.clock import Instant
from appliance.daemon.director import Director
from appliance.domain import Play
from appliance.errors import PlaybackError
from appliance.messages import PlaybackReported
from appliance.playback.airtime import Airing, Airtime

logger = logging.getLogger(__name__)


class PlayReports:
    """Used by the control loop's thread; ``refused`` is read by any."""

    def __init__(self) -> None:
        self._airtime = Airtime()
        self.refused = 0
        """Reports that cannot have been true, in this run."""

    def put_on(self, play: Play | None, now: Instant) -> None:
        """The page is given this clip to show."""
        if play is not None:
            self._airtime.put_on(play.id, play.clip.duration_s, now.monotonic_s)

    def proved(
        self, report: PlaybackReported, director: Director, now: Instant
    ) -> PlaybackReported:
        """The report as it may be written. Raises PlaybackError for one that cannot be true."""
        if not self._airtime.knows(report.play_id):
            self._recall(report.play_id, director, now)
        try:
            proved = self._airtime.take(
                report.play_id, report.event, report.position_s, report.detail, now.monotonic_s
            )
        except PlaybackError as exc:
            self.refused += 1
            if self.refused == 1:
                logger.warning("Refused a report of a play: %s (further ones are counted)", exc)
            raise
        return replace(
            report, event=proved.event, position_s=proved.position_s, detail=proved.detail
        )

    def _recall(self, play_id: str, director: Director, now: Instant) -> None:
        """What began before a restart of the unit may still end; nothing else of it may begin."""
        begun = director.begun(play_id)
        if begun is None:
            return
        # By the clock on the wall alone; one that was set back proves nothing.
        passed_s = max(0.0, (now.stamp.local - begun.at).total_seconds())
        airing = Airing(begun.duration_s, now.monotonic_s - passed_s, has_begun=True)
        self._airtime.recall(play_id, airing)
