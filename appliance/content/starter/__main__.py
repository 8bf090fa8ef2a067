"""Paint the whole starter library: `python -m appliance.content.starter --out DIR`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import cv2
from rich.progress import Progress

from appliance.content import media
from appliance.content.starter import CATALOGUE, CLIPS_FOLDER
from appliance.content.starter.canvas import FPS
from appliance.errors import ApplianceError


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for the clips, their posters and the catalogue with new checksums.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Paint only this clip; repeatable.")
def main(out: Path, only: tuple[str, ...]) -> None:
    """Paint and encode the starter library's clips (a few minutes on one core)."""
    try:
        _paint(out, only)
    except ApplianceError as exc:
        click.echo(str(exc), err=True)
        sys.exit(1)


def _paint(out: Path, only: tuple[str, ...]) -> None:
    try:
        # Painting needs Pillow, which showing the clips does not.
        from appliance.content.starter.render import render
        from appliance.content.starter.scenes import SCENES
    except ModuleNotFoundError as exc:
        raise ApplianceError(f"{exc.name} is missing; install it with pip install pillow") from exc
    unknown = sorted(set(only) - set(SCENES))
    if unknown:
        raise ApplianceError(
            f"no clip is called {', '.join(unknown)}; there are {', '.join(SCENES)}"
        )
    # One core is enough: the unit, or somebody's training, may be running beside it.
    cv2.setNumThreads(1)
    folder = out / CLIPS_FOLDER.name
    folder.mkdir(parents=True, exist_ok=True)
    with Progress() as progress:
        for name in only or SCENES:
            make, crf = SCENES[name]
            scene = make()
            task = progress.add_task(name, total=round(scene.duration_s * FPS))
            render(scene, folder / f"{name}.mp4", crf, lambda t=task: progress.advance(t))  # type: ignore[misc]
    _write_catalogue(out / CATALOGUE.name, folder)


def _write_catalogue(target: Path, folder: Path) -> None:
    """The shipped catalogue with the checksums of the clips in `folder` put in."""
    text = CATALOGUE.read_text(encoding="utf-8")
    for path in sorted(folder.glob("*.mp4")):
        entry = rf'(file = "{re.escape(path.name)}"\nsha256 = ")[0-9a-f]*'
        text = re.sub(entry, rf"\g<1>{media.sha256_of(path)}", text)
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
