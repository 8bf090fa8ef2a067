"""The whole screen as one JSON object: what the panel page needs to draw it from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from appliance.domain import Mood, Play, ScreenState

_ACCENT_OF_MOOD = {
    Mood.HAPPY: "warm",
    Mood.DYNAMIC: "warm",
    Mood.PEACEFUL: "calm",
    Mood.TIRED: "calm",
    Mood.ANGRY: "cool",
    Mood.ANXIETY: "cool",
    Mood.WITHERED: "cool",
    Mood.DEPRESSED: "cool",
}


@dataclass(frozen=True, slots=True)
class PanelFacts:
    """What stays the same (or nearly) while the unit runs and is no part of the screen state."""

    language: str
    """``ko``, ``en`` or ``both``."""
    unit_name: str
    place: str
    address: str | None
    """The unit's address in its network; None: no network."""
    stall_ms: int
    pause_s: float
    """Seconds that a touch pauses sensing."""
    ui_version: str
    """Changes when the page's own files do; the page then loads itself again."""
    stop_key: str = ""
    """Key with which staff stop sensing; empty: none."""


def snapshot(
    state: ScreenState,
    facts: PanelFacts,
    now_s: float,
    trouble_ages_s: Mapping[str, float],
) -> dict[str, Any]:
    """JSON-ready picture of ``state`` at the monotonic time ``now_s``.

    Durations are left in milliseconds from now, because the page's clock is another one. Nothing
    in it depends on anybody's expression: the accent comes from the clip's own mood.
    """
    return {
        "run_id": state.run_id,
        "revision": state.revision,
        "ui_version": facts.ui_version,
        "screen": state.screen.value,
        "language": facts.language,
        "unit_name": facts.unit_name,
        "place": facts.place,
        "address": facts.address,
        "stall_ms": facts.stall_ms,
        "play": _play(state.play),
        "next_play": _play(state.next_play),
        "remaining_ms": _remaining_ms(state.deadline_s, now_s),
        "limit_ms": None if state.time_limit_s is None else round(state.time_limit_s * 1000),
        "question": state.question.value,
        "rating": state.rating,
        "seen_before": state.seen_before,
        "qr": _qr(state),
        "sensing": {
            "state": state.sensing.value,
            "resumes_in_ms": _remaining_ms(state.sensing_paused_until_s, now_s),
            "pause_s": facts.pause_s,
            "paused_by": state.sensing_paused_by,
        },
        "stop_key": facts.stop_key,
        "surroundings": {
            "season": state.surroundings.season.value,
            "day_time": state.surroundings.day_time.value,
            "weather": state.surroundings.weather.value if state.surroundings.weather else None,
        },
        "troubles": [
            {"code": code, "since_ms": round(trouble_ages_s.get(code, 0.0) * 1000)}
            for code in state.troubles
        ],
    }


def accent_of(mood: Mood | None) -> str:
    """Name of the one accent colour (``warm``, ``calm``, ``cool``) that goes with a clip."""
    return "calm" if mood is None else _ACCENT_OF_MOOD[mood]


def _play(play: Play | None) -> dict[str, Any] | None:
    if play is None:
        return None
    clip = play.clip
    return {
        "id": play.id,
        "src": f"/media/{quote(clip.file, safe='')}",
        "poster": f"/media/{quote(clip.thumbnail, safe='')}" if clip.thumbnail else None,
        "kind": clip.kind.value,
        "title": clip.title,
        "title_en": clip.title_en,
        "advertiser": clip.advertiser,
        "duration_ms": round(clip.duration_s * 1000),
        "accent": accent_of(clip.mood),
    }


def _qr(state: ScreenState) -> dict[str, str] | None:
    if state.qr_url is None or state.play is None:
        return None
    # The whole signed link is too long to be typed; its host says where the code leads.
    host = urlsplit(state.qr_url).netloc.rpartition("@")[2].removeprefix("www.")
    return {"src": f"/qr/{state.play.id}.svg", "address": host}


def _remaining_ms(deadline_s: float | None, now_s: float) -> int | None:
    return None if deadline_s is None else max(0, round((deadline_s - now_s) * 1000))
