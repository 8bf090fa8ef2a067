"""``appliance clip preview``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from appliance.cli.clip import clip
from appliance.content.file_title import title_of
from tests.cli.conftest import Type
from tests.store.history import History

PNG = b"\x89PNG"


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(clip)


def test_a_clip_of_the_library_and_a_file(typed: Type, tiny_video: Path, tmp_path: Path) -> None:
    typed("add", tiny_video, "--kind", "ad")
    of_clip, of_file = tmp_path / "clip.png", tmp_path / "file.png"
    status, printed = typed("preview", 1, "--out", of_clip)
    assert status == 0
    assert printed == f"wrote 12 frames of clip 1 '{title_of(tiny_video)}' to {of_clip}\n"
    assert typed("preview", tiny_video, "-o", of_file)[0] == 0
    assert of_clip.read_bytes() == of_file.read_bytes()
    assert of_clip.read_bytes().startswith(PNG)


def test_a_bare_number_is_a_clip(
    typed: Type, history: History, tiny_video: Path, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(tiny_video, given / "12")
    monkeypatch.chdir(given)
    assert typed("preview", "12", "--out", "a.png")[1].startswith("there is no clip 12")
    assert typed("preview", "./12", "--out", "a.png")[0] == 0


def test_nothing_but_a_png_is_written_over(typed: Type, tiny_video: Path, given: Path) -> None:
    film = Path(shutil.copy(tiny_video, given / "a.mp4"))
    status, line = typed("preview", film, "--out", film)
    assert (status, line) == (1, "--out is written as PNG; name it a.png")
    assert film.read_bytes() == tiny_video.read_bytes()
    assert typed("preview", given / "gone.mp4", "--out", given / "b.png")[0] == 1
    assert not (given / "b.png").exists()
