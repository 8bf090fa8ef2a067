"""What visitors say of a clip: written first, then shown to have arrived."""

from __future__ import annotations

from collections.abc import Callable

from appliance.daemon.clock import Instant
from appliance.daemon.director import Director
from appliance.domain import RatingSource
from appliance.errors import PlaybackError, StoreError
from appliance.messages import Answer, RatingGiven, Reply, SeenBeforeGiven
from appliance.playback.session import Session


def take_rating(session: Session, director: Director, rating: RatingGiven, now: Instant) -> Answer:
    """Raises StoreError where it cannot be written now."""
    if not _may_answer(session, rating):
        return Answer.UNKNOWN
    answer = director.record_rating(rating, now)
    touched = rating.value if rating.stars is None else rating.stars
    if answer is Answer.DONE and touched is not None:
        session.rated(rating.play_id, touched, now.monotonic_s)
    return answer


def take_seen_before(
    session: Session, director: Director, given: SeenBeforeGiven, now: Instant
) -> Answer:
    """Raises StoreError where it cannot be written now."""
    if not _may_answer(session, given):
        return Answer.UNKNOWN
    answer = director.record_seen_before(given)
    if answer is Answer.DONE:
        session.said_seen_before(given.play_id, given.seen_before, now.monotonic_s)
    return answer


def reply_with(reply: Reply, write: Callable[[], Answer]) -> None:
    """What cannot be written now is told to who asked, and tried again from there; what cannot be
    true is told, too.
    """
    try:
        reply.set_result(write())
    except (PlaybackError, StoreError) as exc:
        reply.set_exception(exc)


def _may_answer(session: Session, given: RatingGiven | SeenBeforeGiven) -> bool:
    is_panel = given.source is RatingSource.PANEL
    return not is_panel or session.accepts_panel_rating(given.play_id)
