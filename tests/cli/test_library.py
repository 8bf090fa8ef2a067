"""``appliance library map``: a figure that shows what is missing, and words that say it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from appliance.cli.library import library
from appliance.cli.library_map import place_of, sector_of
from appliance.domain import ClipKind, Mood
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.factories import a_clip
from tests.store.history import STAMP


@pytest.fixture
def library_verb(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(library)


def put(database: Database, number: int, **known: Any) -> None:
    ClipStore(database).add(a_clip(number, **({"kind": ClipKind.HEALING} | known)), STAMP)


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_the_map_is_drawn_and_says_what_is_missing(
    library_verb: Type, database: Database, tmp_path: Path, suffix: str, begins: bytes
) -> None:
    pytest.importorskip("matplotlib", reason="needs matplotlib: pip install .[learning]")
    put(database, 1, title="$호수$ [red]", valence=0.5, arousal=-0.1)
    put(database, 2, valence=-0.4, arousal=-0.1, approved=False)
    put(database, 3, mood=Mood.HAPPY)
    put(database, 4, valence=0.1, arousal=0.6, kind=ClipKind.AD)
    put(database, 5)
    put(database, 6, valence=0.1, arousal=0.6, enabled=False)
    figure = tmp_path / f"map{suffix}"
    status, output = library_verb("map", "--out", figure)
    assert status == 0
    assert figure.read_bytes().startswith(begins)
    missing = "dynamic, angry, anxiety, withered, depressed, tired"
    assert f"4 clips; no approved healing clip is {missing}\n" in output
    assert "'appliance clip affect 5' tells them" in output


def test_a_library_of_which_nothing_is_known_says_what_to_do(
    library_verb: Type, database: Database, tmp_path: Path
) -> None:
    put(database, 1)
    status, output = library_verb("map", "--out", tmp_path / "map.png")
    assert status == 1
    assert "appliance clip affect" in output
    assert not (tmp_path / "map.png").exists()


def test_every_mood_lies_in_its_own_sector() -> None:
    for mood in Mood:
        assert sector_of(a_clip(1, mood=mood)) is mood
    assert sector_of(a_clip(1, mood=Mood.ANGRY, valence=0.3, arousal=-0.1)) is Mood.PEACEFUL
    assert place_of(a_clip(1)) is None
