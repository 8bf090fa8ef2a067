"""``appliance compose``: makes a clip with fitting music from photographs and videos."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import click

from appliance.cli.clip_progress import ClipProgress
from appliance.cli.compose_add import add_composed
from appliance.cli.context import Context
from appliance.cli.media_files import MediaFiles
from appliance.cli.parameters import OneOf, PlainText
from appliance.content.compose.composing import Composed, Composer, Order
from appliance.content.compose.music import tracks_in
from appliance.content.compose.view import Eyes
from appliance.content.file_title import title_of
from appliance.daemon.networks import Networks
from appliance.domain import Mood
from appliance.errors import ContentError

AUTO = "auto"
LEAST_S, MOST_S = 3, 180


class MoodOrAuto(OneOf[Mood]):
    """One of the eight moods; ``auto``, None here, is the pictures' own."""

    def __init__(self) -> None:
        super().__init__(Mood)
        self.name = f"{AUTO}|{self.name}"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Raises ContentError for any other word."""
        return None if value == AUTO else super().convert(value, param, ctx)


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="PHOTO|VIDEO|FOLDER...",
)
@click.option(
    "--music",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of music; folders in it, or the files' tags, are named after moods.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="The clip to write, an .mp4."
)
@click.option(
    "--mood",
    "wished",
    type=MoodOrAuto(),
    default=AUTO,
    show_default=True,
    help="Mood of the music and of the pictures to prefer; auto: the pictures' own.",
)
@click.option(
    "--seconds",
    "duration_s",
    type=click.FloatRange(LEAST_S, MOST_S),
    default=15,
    show_default=True,
    help="How long the clip is to be.",
)
@click.option("--title", type=PlainText(80), help="Shown at the beginning, Korean or English.")
@click.option(
    "--add", "is_added", is_flag=True, help="Add it to the library, to be approved, as healing."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object about the clip.")
@click.pass_obj
def compose(
    context: Context,
    /,
    files: tuple[Path, ...],
    music: Path,
    out: Path,
    wished: Mood | None,
    duration_s: float,
    title: str | None,
    is_added: bool,
    as_json: bool,
) -> None:
    """Make a clip from photographs and videos, with music of their mood; folders are walked.

    A file that cannot be used is told, the rest goes on, and the exit status is 1 at the end.
    Pictures move slowly towards what matters, change on the music's beat and are never enlarged.
    """
    media = MediaFiles(files, "no clip was made")
    found = list(media)
    if media.left_out is not None:
        click.echo(media.left_out, err=True)
    _check_out(out, found)
    # Before the pictures are looked at, which takes a while.
    tracks, no_music = tracks_in(music)
    networks = Networks(context.settings.models, context.state_dir, partial(click.echo, err=True))
    eyes = Eyes(networks.open_mood(), networks.open_detector())
    order = Order(tracks, duration_s, wished, title)
    with ClipProgress() as progress:
        progress.begin(out)
        composer = Composer(eyes, partial(progress.say, is_error=True), progress.show)
        views, refused = composer.look(found)
        if not views and len(refused) == 1:
            raise ContentError(refused[0])
        for line in (*refused, *no_music):
            progress.say(line, is_error=True)
        if not views:
            raise ContentError(f"none of the {len(refused)} files can be shown; no clip was made")
        composed = composer.compose(views, order, out)
        progress.say(_as_json(out, composed) if as_json else _line(out, composed))
        if is_added:
            named = title or title_of(out)
            progress.say(
                add_composed(context, out, named, composed.mood, progress), is_error=as_json
            )
    if refused:
        raise ContentError(f"{len(refused)} of {len(found)} files were not used")


def _check_out(out: Path, files: list[Path]) -> None:
    """Before minutes of work: whether the clip can go where it is wanted."""
    if out.suffix.lower() != ".mp4" or out.is_dir():
        raise ContentError(f"--out names the clip, an .mp4 file, not {out}")
    if not out.parent.is_dir():
        raise ContentError(f"there is no folder {out.parent}; make it, or name another --out")
    if out.exists() and any(file.exists() and out.samefile(file) for file in files):
        raise ContentError(f"{out} is one of the files it would be made of; name another --out")


def _as_json(out: Path, composed: Composed) -> str:
    facts = {
        "file": str(out),
        "mood": composed.mood.mood.value,
        "valence": round(composed.mood.valence, 4),
        "arousal": round(composed.mood.arousal, 4),
        "music": None if composed.track is None else str(composed.track.path),
        "music_mood": composed.track.mood.value if composed.track and composed.track.mood else None,
        "duration_s": round(composed.plan.duration_s, 3),
        "size_px": composed.size_px,
        "views": [
            {"file": str(view.path), "from_s": slot.starts_s, "to_s": slot.ends_s}
            for view, slot in zip(composed.views, composed.plan.slots, strict=True)
        ],
        "changes_on_beat": composed.plan.on_beat,
    }
    return json.dumps(facts, ensure_ascii=False)


def _line(out: Path, composed: Composed) -> str:
    changes = len(composed.views) - 1
    sound = "silent" if composed.track is None else composed.track.path.name
    width_px, height_px = composed.size_px
    return (
        f"{out}: {composed.mood.mood}, valence {composed.mood.valence:+.2f}, arousal"
        f" {composed.mood.arousal:+.2f}; {composed.plan.duration_s:.1f} s of {len(composed.views)}"
        f" views at {width_px}x{height_px}, {composed.plan.on_beat} of {changes} changes on the"
        f" beat; music: {sound}"
    )
