"""``appliance clip add``: takes in what people have and makes clips of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from appliance.cli.clip_options import clip_options
from appliance.cli.clip_progress import ClipProgress
from appliance.cli.context import Context
from appliance.cli.media_files import MediaFiles
from appliance.content.clip_folder import ClipFolder
from appliance.content.file_title import title_of
from appliance.content.intake import Intake, IntakeRules, TakenFile
from appliance.domain import Clip
from appliance.errors import ApplianceError, ContentError
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from appliance.store.stamp import Stamp


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER..."
)
@clip_options(is_new=True)
@click.option(
    "--seconds",
    "still_s",
    type=click.FloatRange(1, 120),
    help="How long a picture is shown, a GIF at least.  [default: library.still_s]",
)
@click.option("--unapproved", is_flag=True, help="It does not play before 'clip approve'.")
@click.pass_obj
def add(
    context: Context,
    /,
    files: tuple[Path, ...],
    still_s: float | None,
    unapproved: bool,
    **known: Any,
) -> None:
    """Take videos, GIFs and pictures in; what the panel cannot play is converted.

    The files themselves are only read; folders are walked. Each file is decoded to its end
    first, and one that is refused does not keep the others out.
    """
    media = MediaFiles(files, "nothing was added")
    found = list(media)
    if len(found) > 1 and (known["title"] or known["title_en"]):
        raise ContentError("--title and --title-en name one clip; add the files one by one")
    refused: list[str] = []
    with open_database(context.database_path) as database, ClipProgress() as progress:
        folder = ClipFolder(context.clips_dir)
        store = ClipStore(database)
        folder.sweep(store.files())
        intake = Intake(folder, _rules(context, still_s), store.with_sha256, report=progress.show)
        for file in found:
            progress.begin(file)
            try:
                added, taken = _add(database, intake, file, known | {"approved": not unapproved})
            except ApplianceError as exc:
                refused.append(str(exc))
                if len(found) > 1:
                    progress.say(f"refused: {exc}", is_error=True)
            else:
                progress.say(_told(added, taken))
        if media.left_out is not None:
            progress.say(media.left_out)
    if len(found) > 1 and refused:
        raise ContentError(f"{len(refused)} of {len(found)} files were not added")
    if refused:
        raise ContentError(refused[0])


def _rules(context: Context, still_s: float | None) -> IntakeRules:
    rules = IntakeRules.of(context.settings.library)
    return rules if still_s is None else replace(rules, still_s=still_s)


def _add(
    database: Database, intake: Intake, file: Path, known: dict[str, Any]
) -> tuple[Clip, TakenFile]:
    values = known | {"title": known["title"] or _title_of(file)}
    with intake.taken_in(file) as taken:
        clip = taken.as_clip(**values)
        added = ClipStore(database).add(clip, Stamp(dt.datetime.now().astimezone()))
    return added, taken


def _title_of(file: Path) -> str:
    title = title_of(file)
    if not title:
        raise ContentError("the file's name makes no title; give one with --title")
    return title


def _told(clip: Clip, taken: TakenFile) -> str:
    why = f" (converted: {', '.join(taken.changes)})" if taken.changes else ""
    waits = "" if clip.approved else f"; 'appliance clip approve {clip.id}' lets it play"
    return f"added clip {clip.id}: {clip.title}{why}{waits}"
