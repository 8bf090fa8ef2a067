"""``appliance library``: the clips as a whole."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.context import Context
from appliance.domain import Clip, ClipKind, Mood
from appliance.errors import ContentError
from appliance.store.clips import ClipStore
from appliance.store.database import open_database


@click.group()
def library() -> None:
    """The library as a whole: what its clips do to those who see them."""


@library.command("map")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The figure to write (PNG, SVG, PDF).",
)
@click.pass_obj
def map_command(context: Context, out: Path) -> None:
    """Draw the clips by valence and arousal, so that it can be seen what is missing.

    Clips that are switched off are left out; hollow marks wait for approval. A clip of which only
    the mood is known stands in the middle of its sector.
    """
    with open_database(context.database_path, read_only=True) as database:
        clips = ClipStore(database).enabled()
    # Loaded here: it takes half a second.
    from appliance.cli.library_map import draw, place_of

    placed = [clip for clip in clips if place_of(clip) is not None]
    if not placed:
        raise ContentError(
            "no clip's valence and arousal are known; 'appliance clip affect ID...' tells them"
        )
    draw(out, clips)
    click.echo(f"{out}: {len(placed)} clips{_missing(clips)}")
    unknown = [clip for clip in clips if place_of(clip) is None]
    if unknown:
        numbers = " ".join(str(clip.id) for clip in unknown[:20])
        more = " ..." if len(unknown) > 20 else ""
        click.echo(
            f"{len(unknown)} are not in it, their valence and arousal are not known:"
            f" 'appliance clip affect {numbers}{more}' tells them"
        )


def _missing(clips: tuple[Clip, ...]) -> str:
    from appliance.cli.library_map import sector_of

    there = {sector_of(clip) for clip in clips if clip.kind is ClipKind.HEALING and clip.approved}
    missing = [mood.value for mood in Mood if mood not in there]
    return f"; no approved healing clip is {', '.join(missing)}" if missing else ""
