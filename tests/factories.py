"""Domain values with sensible defaults, for tests that care about one field of many."""

from __future__ import annotations

import uuid
from typing import Any

from appliance.domain import (
    AudienceMoment,
    Campaign,
    Clip,
    ClipKind,
    Expression,
    Leader,
    Play,
)


def a_clip(clip_id: int = 1, **changes: Any) -> Clip:
    values: dict[str, Any] = {
        "id": clip_id,
        "kind": ClipKind.AD,
        "title": f"Clip {clip_id}",
        "file": f"clip-{clip_id}.mp4",
        "sha256": f"{clip_id:064x}",
        "codec": "h264",
        "duration_s": 10.0,
    }
    return Clip(**(values | changes))


def a_campaign(campaign_id: int = 1, **changes: Any) -> Campaign:
    """Without dates, dayparts, promises or caps."""
    values: dict[str, Any] = {
        "id": campaign_id,
        "name": f"Campaign {campaign_id}",
        "advertiser": "Somebody",
    }
    return Campaign(**(values | changes))


def a_play(clip_id: int = 1, decision_id: int = 1, visit_id: int | None = None) -> Play:
    return Play(str(uuid.uuid4()), decision_id, a_clip(clip_id), visit_id)


def a_leader(track_id: int = 1, **changes: Any) -> Leader:
    values: dict[str, Any] = {
        "track_id": track_id,
        "is_present": True,
        "dwell_s": 2.0,
        "attention_s": 2.0,
        "unseen_s": 0.0,
        "is_stable": True,
        "expression": Expression.HAPPY,
        "confidence": 0.8,
        "scores": None,
    }
    return Leader(**(values | changes))


def a_moment(leader: Leader | None = None, watchers: int | None = None) -> AudienceMoment:
    return AudienceMoment(0.0, (leader is not None) if watchers is None else watchers, leader)
