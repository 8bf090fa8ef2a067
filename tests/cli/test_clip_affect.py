"""``appliance clip affect``: told, drawn and stored; its JSON is a contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest

from appliance.cli import clip_affect
from appliance.cli.clip import clip
from appliance.cli.context import Context
from appliance.content.media import sha256_of
from appliance.domain import AffectPoint, Clip, ClipAffect, ClipKind
from appliance.inspection.content import Known
from appliance.inspection.tables import tables_of
from appliance.store.clip_affect import ClipAffectStore
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.store.history import STAMP


@pytest.fixture
def clip_verb(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(clip)


@pytest.fixture
def stored(context: Context, database: Database, tiny_video: Path) -> int:
    """The number of a clip in the library."""
    context.clips_dir.mkdir(parents=True)
    (context.clips_dir / "tiny.mp4").write_bytes(tiny_video.read_bytes())
    added = ClipStore(database).add(
        Clip(0, ClipKind.HEALING, "작은 clip", "tiny.mp4", sha256_of(tiny_video), "h264", 1.0),
        STAMP,
    )
    return added.id


def test_a_clip_s_affect_is_told_stored_and_not_looked_for_twice(
    clip_verb: Type, stored: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, output = clip_verb("affect", stored, "--json")
    assert status == 0
    told = json.loads(output)
    assert list(told) == ["clip", "title", "file", "valence", "arousal", "curve", "told_by"]
    assert (told["clip"], told["title"]) == (stored, "작은 clip")
    assert set(told["curve"][0]) == {"t_s", "valence", "arousal"}

    in_library = ClipStore(database).get(stored)
    assert in_library is not None
    assert in_library.valence == pytest.approx(told["valence"], abs=1e-4)
    assert in_library.arousal == pytest.approx(told["arousal"], abs=1e-4)
    kept = ClipAffectStore(database).get(stored)
    assert kept is not None
    assert [point.t_s for point in kept.affect.curve] == [each["t_s"] for each in told["curve"]]

    monkeypatch.setattr(clip_affect, "affect_of", None)
    assert clip_verb("affect", stored, "--json") == (0, output)
    with pytest.raises(TypeError):
        clip_verb("affect", stored, "--again")
    assert ClipStore(database).remove(stored)
    assert ClipAffectStore(database).get(stored) is None


def test_a_long_curve_is_not_taken_for_somebody_s_embedding(
    stored: int, database: Database, context: Context
) -> None:
    rng = np.random.default_rng(0)
    curve = tuple(AffectPoint(t + 0.5, *rng.uniform(-1, 1, 2)) for t in range(600))
    assert ClipAffectStore(database).put(stored, ClipAffect(0.1, -0.1, curve), "made up", STAMP)
    found = tables_of(context.database_path, "database", Known(), is_live=True)
    assert [each for each in found if "clip_affect" in each.where] == []


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_a_file_s_curve_is_drawn_without_a_library(
    clip_verb: Type, tiny_video: Path, tmp_path: Path, suffix: str, begins: bytes
) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib: pip install .[learning]")
    figure = tmp_path / f"curve{suffix}"
    status, output = clip_verb("affect", tiny_video, "--plot", figure)
    assert status == 0
    assert output.startswith("tiny.mp4  valence ")
    assert figure.read_bytes().startswith(begins)


def test_one_bad_clip_is_one_line_and_the_rest_goes_on(
    clip_verb: Type, tiny_video: Path, tmp_path: Path, database: Database
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    status, output = clip_verb("affect", tmp_path / "bad.mp4", tiny_video, "77")
    assert status == 1
    assert "bad.mp4 is not a video" in output
    assert "tiny.mp4  valence" in output
    assert output.endswith("2 of 3 clips could not be looked through")
    assert clip_verb("affect", tiny_video, tiny_video, "--plot", tmp_path / "a.png")[0] == 1
