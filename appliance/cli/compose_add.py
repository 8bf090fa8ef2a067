"""Takes a composed clip into the library, with the mood that was told of its pictures."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from appliance.cli.clip_progress import ClipProgress
from appliance.cli.context import Context
from appliance.content.clip_folder import ClipFolder
from appliance.content.compose.set_mood import SetMood
from appliance.content.intake import Intake, IntakeRules
from appliance.domain import ClipKind
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from appliance.store.stamp import Stamp


def add_composed(
    context: Context, file: Path, title: str, mood: SetMood, progress: ClipProgress
) -> str:
    """Add it as a healing clip that waits for approval; returns the line to print.

    Raises ContentError or StoreError when it cannot be taken in; the file itself stays.
    """
    with open_database(context.database_path) as database:
        store = ClipStore(database)
        folder = ClipFolder(context.clips_dir)
        folder.sweep(store.files())
        rules = IntakeRules.of(context.settings.library)
        intake = Intake(folder, rules, store.with_sha256, report=progress.show)
        with intake.taken_in(file) as taken:
            clip = taken.as_clip(
                kind=ClipKind.HEALING,
                title=title,
                mood=mood.mood,
                valence=round(mood.valence, 4),
                arousal=round(mood.arousal, 4),
                approved=False,
            )
            added = store.add(clip, Stamp(dt.datetime.now().astimezone()))
    return (
        f"added clip {added.id}: {added.title}; look at it,"
        f" then 'appliance clip approve {added.id}' lets it play"
    )
