"""When the leading watcher's reaction to a clip is noted: once a second of the play."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domain import AudienceMoment, Leader, Play, Screen
from appliance.playback.session import Session

SAMPLE_PERIOD_S = 1.0


@dataclass(frozen=True, slots=True)
class DueSample:
    """What is to be written of one second."""

    play: Play
    t_s: float
    """Since the clip began to play."""
    leader: Leader
    watchers: int


class Sampling:
    """The due moments of the clip on screen, and which sights were used for them."""

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, now_s: float) -> None:
        """The browser reports ``playing``; ``now_s`` is monotonic, as everywhere here."""
        self._since_s = self._next_s = now_s
        # What was seen before the clip began says nothing about the clip.
        self._used_s = now_s

    def wait_s(self, session: Session, now_s: float) -> float:
        """Seconds until a sample is due; infinite while no clip plays."""
        return max(0.0, self._next_s - now_s) if _is_on(session) else float("inf")

    def take(
        self, session: Session, moment: AudienceMoment | None, now_s: float
    ) -> DueSample | None:
        """The sample that is due now, if any; each moment is one at most.

        ``moment``: the latest that says something about now.
        """
        if now_s < self._next_s:
            return None
        # Counted from the last due moment, not from now, so that the rate does not drift.
        missed = (now_s - self._next_s) // SAMPLE_PERIOD_S
        self._next_s += (missed + 1) * SAMPLE_PERIOD_S
        play = session.play
        if moment is None or play is None or not _is_on(session):
            return None
        leader = moment.leader
        if leader is None or not leader.is_present or not _is_for(session, play):
            return None
        if moment.observed_at_s <= self._used_s:
            return None
        self._used_s = moment.observed_at_s
        return DueSample(play, now_s - self._since_s, leader, moment.watchers)


def _is_on(session: Session) -> bool:
    """A clip plays, for a watcher or in the loop."""
    return session.is_playing and session.screen in (Screen.HEALING, Screen.SHOW)


def _is_for(session: Session, play: Play) -> bool:
    """Whoever leads now is the one the clip was chosen for; the loop's clips are for anybody.

    Two people's seconds in one reaction would be nobody's.
    """
    visit = session.visit
    return play.visit_id is None or (visit is not None and visit.id == play.visit_id)
