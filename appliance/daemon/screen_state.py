"""The whole screen as the session and the unit's senses say it is."""

from __future__ import annotations

from collections.abc import Callable

from appliance.daemon.sensing_pauses import SensingPauses
from appliance.daemon.sensing_switch import Sight
from appliance.domain import Play, Screen, ScreenState, Sensing, Surroundings
from appliance.playback.session import Session


def screen_state(
    session: Session,
    sight: Sight,
    pauses: SensingPauses,
    surroundings: Surroundings,
    clip_count: int,
    link_of: Callable[[Play], str | None],
    lasting_troubles: tuple[str, ...],
    *,
    revision: int,
    run_id: str,
) -> ScreenState:
    """What the panel is told; ``link_of`` gives a play's QR code."""
    asks = session.screen in (Screen.RATING, Screen.QR)
    troubles = [sight.trouble] if sight.trouble else []
    if clip_count == 0:
        troubles.append("no-clips")
    troubles += lasting_troubles
    return ScreenState(
        revision=revision,
        run_id=run_id,
        screen=session.screen,
        play=session.play,
        next_play=session.next_play,
        deadline_s=session.deadline_s if asks else None,
        time_limit_s=session.time_limit_s if asks else None,
        question=session.question,
        rating=session.rating,
        seen_before=session.seen_before,
        qr_url=link_of(session.play) if asks and session.play else None,
        sensing=sight.sensing if pauses.cause is None else Sensing.PAUSED,
        sensing_paused_until_s=pauses.until_s,
        sensing_paused_by=pauses.cause,
        surroundings=surroundings,
        troubles=tuple(troubles),
    )
