"""``appliance clip affect``: what clips do to those who see them, over time and as a whole."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from appliance.cli.clip_edit import no_such_clip
from appliance.cli.clip_progress import ClipProgress
from appliance.cli.context import Context
from appliance.content.clip_affect import affect_of
from appliance.domain import ClipAffect
from appliance.errors import ApplianceError, ContentError
from appliance.inference.affect_regressor import AffectRegressor
from appliance.store.clip_affect import ClipAffectStore, StoredAffect
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from appliance.store.stamp import Stamp


@dataclass(frozen=True, slots=True)
class Subject:
    """A clip of the library, or a file that may never get there."""

    path: Path
    title: str
    clip_id: int | None
    stored: StoredAffect | None = None


@click.command()
@click.argument("clips", nargs=-1, required=True, metavar="ID|FILE...")
@click.option("--again", is_flag=True, help="Look through clips that have been looked through.")
@click.option(
    "--plot",
    "plot_to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the curve of the one clip into this file (PNG, SVG, PDF).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line per clip.")
@click.pass_obj
def affect(
    context: Context,
    /,
    clips: tuple[str, ...],
    again: bool,
    plot_to: Path | None,
    as_json: bool,
) -> None:
    """Tell valence and arousal of clips, -1 to 1, over time and as a whole.

    What is told of clips of the library is stored; one that was looked through before is not
    looked through again, so that an interrupted command goes on where it was. A bare number is a
    clip of the library; write ./12 for a file of that name.
    """
    if plot_to is not None and len(clips) > 1:
        raise ContentError("--plot draws one clip; name one")
    regressor = AffectRegressor.open()
    failed: list[str] = []
    with ClipProgress() as progress:
        for what in clips:
            try:
                subject = _subject(context, what)
                told = _told(context, subject, regressor, again, progress)
                if plot_to is not None:
                    # Loaded for those who draw: it takes half a second.
                    from appliance.cli.clip_affect_plot import draw

                    draw(plot_to, subject.title, told)
            except ApplianceError as exc:
                failed.append(str(exc))
                if len(clips) > 1:
                    progress.say(str(exc), is_error=True)
            else:
                name = regressor.name
                progress.say(_as_json(subject, told, name) if as_json else _line(subject, told))
    if failed and len(clips) > 1:
        raise ContentError(f"{len(failed)} of {len(clips)} clips could not be looked through")
    if failed:
        raise ContentError(failed[0])


def _subject(context: Context, what: str) -> Subject:
    if not (what.isascii() and what.isdigit() and len(what) <= 18):
        return Subject(Path(what), Path(what).name, None)
    clip_id = int(what)
    with open_database(context.database_path, read_only=True) as database:
        found = ClipStore(database).get(clip_id)
        if found is None:
            raise no_such_clip(clip_id)
        stored = ClipAffectStore(database).get(clip_id)
    return Subject(context.clips_dir / found.file, found.title, clip_id, stored)


def _told(
    context: Context,
    subject: Subject,
    regressor: AffectRegressor,
    again: bool,
    progress: ClipProgress,
) -> ClipAffect:
    if subject.stored is not None and subject.stored.told_by == regressor.name and not again:
        return subject.stored.affect
    progress.begin(Path(subject.title))
    told = affect_of(subject.path, regressor, lambda share: progress.show("looking through", share))
    if subject.clip_id is not None:
        with open_database(context.database_path) as database:
            stamp = Stamp(dt.datetime.now().astimezone())
            if not ClipAffectStore(database).put(subject.clip_id, told, regressor.name, stamp):
                raise no_such_clip(subject.clip_id)
    return told


def _as_json(subject: Subject, told: ClipAffect, told_by: str) -> str:
    curve = [(point.t_s, round(point.valence, 4), round(point.arousal, 4)) for point in told.curve]
    facts: dict[str, Any] = {
        "clip": subject.clip_id,
        "title": subject.title,
        "file": str(subject.path),
        "valence": round(told.valence, 4),
        "arousal": round(told.arousal, 4),
        "curve": [{"t_s": t_s, "valence": v, "arousal": a} for t_s, v, a in curve],
        "told_by": told_by,
    }
    return json.dumps(facts, ensure_ascii=False)


def _line(subject: Subject, told: ClipAffect) -> str:
    who = subject.title if subject.clip_id is None else f"clip {subject.clip_id}: {subject.title}"
    parts = []
    for name in ("valence", "arousal"):
        values = [getattr(point, name) for point in told.curve]
        parts.append(
            f"{name} {getattr(told, name):+.2f} ({min(values):+.2f} to {max(values):+.2f})"
        )
    return f"{who}  {'  '.join(parts)}"
