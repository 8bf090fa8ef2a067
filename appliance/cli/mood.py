"""``appliance mood``: what pictures do to those who see them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from appliance.cli.context import Context
from appliance.cli.file_progress import FileProgress
from appliance.cli.picture_reading import Reading, find_pictures, read_ahead
from appliance.content.picture_mood import mood_of
from appliance.daemon.networks import Networks
from appliance.domain import Mood, PictureMood
from appliance.errors import PictureError
from appliance.inference.mood_classifier import MoodClassifier


@dataclass(frozen=True, slots=True)
class Told:
    """The mood of one picture, or why there is none."""

    file: str
    mood: PictureMood | None
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        if self.mood is None:
            return {"file": self.file, "error": self.error}
        return {
            "file": self.file,
            "mood": self.mood.mood.value,
            "probabilities": {
                mood.value: round(p, 4)
                for mood, p in zip(Mood, self.mood.probabilities, strict=True)
            },
            "valence": round(self.mood.valence, 4),
            "arousal": round(self.mood.arousal, 4),
        }

    def as_line(self) -> str:
        """For people: the mood, the two that are most probable, the point."""
        assert self.mood is not None
        ranked = sorted(zip(self.mood.probabilities, Mood, strict=True), reverse=True)[:2]
        likely = ", ".join(f"{mood} {share:.0%}" for share, mood in ranked)
        return (
            f"{self.mood.mood:<10} valence {self.mood.valence:+.2f}"
            f"  arousal {self.mood.arousal:+.2f}  ({likely})  {self.file}"
        )


@click.command()
@click.argument(
    "pictures",
    metavar="PICTURE|FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line per picture.")
@click.pass_context
def mood(click_context: click.Context, /, pictures: tuple[Path, ...], as_json: bool) -> None:
    """Tell the mood of pictures, one of eight, with valence and arousal; folders are walked.

    Valence and arousal are -1 to 1; 0 is the middle of the photographs that people rated. A
    picture that cannot be read is told and makes the exit status 1 at the end.
    """
    context: Context = click_context.obj
    files = list(find_pictures(pictures))
    readings = read_ahead(files)
    opener = Networks(context.settings.models, context.state_dir, partial(click.echo, err=True))
    classifier = opener.open_mood()
    has_failed = False
    with FileProgress(len(files), "telling moods") as progress:
        for told in _judge(readings, classifier):
            progress.advance()
            has_failed = has_failed or told.error is not None
            if as_json:
                progress.say(json.dumps(told.as_json(), ensure_ascii=False))
            elif told.mood is None:
                progress.say(told.error or "", is_error=True)
            else:
                progress.say(told.as_line())
    if has_failed:
        click_context.exit(1)


def _judge(readings: Iterable[Reading], classifier: MoodClassifier) -> Iterator[Told]:
    for reading in readings:
        if reading.image is None:
            yield Told(reading.file, None, reading.error)
            continue
        try:
            yield Told(reading.file, mood_of(reading.image, reading.file, classifier))
        except PictureError as exc:
            yield Told(reading.file, None, str(exc))
