"""Puts the shipped clips into a new unit's library, once."""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

from appliance.content import starter
from appliance.content.clip_folder import ClipFolder
from appliance.content.media import probe, sha256_of
from appliance.domain import Clip
from appliance.errors import ContentError
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from appliance.store.stamp import Stamp

logger = logging.getLogger(__name__)


def fill_with_starter_library(database: Database, clips_dir: Path) -> int:
    """Copy the starter clips into an empty library; returns how many.

    It happens once in a unit's life: starters that were removed do not come back, and a
    library that somebody has begun is left alone. Interrupted, or when a shipped clip cannot
    be read or copied (logged: the unit starts without), it is done at the next start.
    Raises StoreError when the library cannot be written.
    """
    clips = ClipStore(database)
    if clips.has_starters():
        return 0
    stamp = Stamp(dt.datetime.now().astimezone())
    try:
        shipped = () if clips.all() else starter.load()
        kept = [_kept(clip, ClipFolder(clips_dir)) for clip in shipped]
    except ContentError as exc:
        logger.warning("The starter library could not be put in: %s", exc)
        return 0
    with database.transaction():
        for clip in kept:
            clips.add(clip, stamp)
        clips.remember_starters(stamp)
    if kept:
        logger.info("Put %d starter clips into the new library", len(kept))
    return len(kept)


def _kept(shipped: starter.StarterClip, folder: ClipFolder) -> Clip:
    info = probe(shipped.path)
    return Clip(
        id=0,
        kind=shipped.kind,
        title=shipped.title,
        title_en=shipped.title_en,
        file=folder.keep(shipped.path, f"{shipped.sha256}.mp4", shipped.sha256),
        thumbnail=folder.keep(shipped.poster, f"{shipped.sha256}.jpg"),
        thumbnail_sha256=sha256_of(shipped.poster),
        sha256=shipped.sha256,
        codec=info.video_codec,
        duration_s=info.duration_s,
        seasons=shipped.seasons,
        weathers=shipped.weathers,
        day_times=shipped.day_times,
        target_emotions=shipped.target_emotions,
        mood=shipped.mood,
        valence=shipped.valence,
        arousal=shipped.arousal,
        description=shipped.description,
        description_en=shipped.description_en,
        advertiser=shipped.advertiser,
        address=shipped.address,
        phone=shipped.phone,
        map_link=shipped.map_link,
        link=shipped.link,
        is_starter=True,
    )
