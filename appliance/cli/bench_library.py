"""How long a running unit's screen waits when somebody changes one clip of a large library."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from appliance.config import Settings
from appliance.daemon.director import Director
from appliance.domain import Campaign, Clip, Scores
from appliance.store.campaigns import CampaignStore
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from appliance.store.stamp import Stamp, utc_text

CHANGES = 5


def measure_changes(
    clips: Sequence[Clip],
    campaigns: Sequence[Campaign],
    assignments: Mapping[int, int],
    scores: Scores,
    stamp: Stamp,
) -> dict[str, Any]:
    """Milliseconds in which the control loop does nothing else; the files are empty."""
    with tempfile.TemporaryDirectory(prefix="appliance-bench-") as folder:
        path, clips_dir = Path(folder) / "bench.db", Path(folder) / "clips"
        clips_dir.mkdir()
        for clip in clips:
            (clips_dir / clip.file).touch()
        with (
            open_database(path, begins_anew=True) as database,
            open_database(path) as editor,
        ):
            _fill(editor, clips, campaigns, assignments, scores, stamp)
            started = time.perf_counter()
            director = Director(database, clips_dir, Settings(), bytes(32))
            first_ms = 1e3 * (time.perf_counter() - started)
            times, cpu_times = [], []
            for clip in clips[:CHANGES]:
                ClipStore(editor).set_enabled(clip.id, False)
                started, cpu_started = time.perf_counter(), time.thread_time()
                director.refresh_library()
                times.append(1e3 * (time.perf_counter() - started))
                cpu_times.append(1e3 * (time.thread_time() - cpu_started))
    return {
        "first_read_ms": round(first_ms, 1),
        "change_ms": round(statistics.median(times), 1),
        "change_cpu_ms": round(statistics.median(cpu_times), 1),
    }


def _fill(
    database: Database,
    clips: Sequence[Clip],
    campaigns: Sequence[Campaign],
    assignments: Mapping[int, int],
    scores: Scores,
    stamp: Stamp,
) -> None:
    clip_store, campaign_store = ClipStore(database), CampaignStore(database)
    with database.transaction(is_durable=False):
        for campaign in campaigns:
            campaign_store.add(campaign)
        for clip in clips:
            clip_store.add(clip, stamp)
            if clip.id in assignments:
                campaign_store.assign([clip.id], assignments[clip.id])
        for (clip_id, expression), score in scores.items():
            database.insert(
                "clip_scores",
                {
                    "clip_id": clip_id,
                    "expression": -1 if expression is None else int(expression),
                    "likes": score.likes,
                    "dislikes": score.dislikes,
                    "updated_at": utc_text(stamp.local),
                },
            )
