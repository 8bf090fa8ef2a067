"""Attempts that never ended are counted over the unit's end; all that end by themselves are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.content.tool_runner import StopRequestedError
from appliance.daemon.drop_attempts import DropAttempts


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "healing" / "film.mp4"
    path.parent.mkdir()
    path.write_bytes(b"film")
    return path


_CUT_OFF = []
"""Kept, for a context that nobody holds any more would end."""


def cut_off(folder: Path, film: Path) -> None:
    """As a unit that is killed leaves it."""
    _CUT_OFF.append(DropAttempts(folder).counted(film))
    _CUT_OFF[-1].__enter__()


def test_what_was_cut_off_is_counted(tmp_path: Path, film: Path) -> None:
    assert DropAttempts(tmp_path).unended(film) == 0
    for number in (1, 2):
        cut_off(tmp_path, film)
        assert DropAttempts(tmp_path).unended(film) == number
    DropAttempts(tmp_path).forget(film)
    assert DropAttempts(tmp_path).unended(film) == 0


def test_an_end_of_any_kind_is_none(tmp_path: Path, film: Path) -> None:
    attempts = DropAttempts(tmp_path)
    with attempts.counted(film):
        assert attempts.unended(film) == 1
    with pytest.raises(StopRequestedError), attempts.counted(film):
        raise StopRequestedError
    assert attempts.unended(film) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["healing"]


def test_another_file_of_the_name_has_its_own(tmp_path: Path, film: Path) -> None:
    cut_off(tmp_path, film)
    film.write_bytes(b"another film")
    assert DropAttempts(tmp_path).unended(film) == 0


def test_files_that_are_gone_are_forgotten_and_others_kept(tmp_path: Path, film: Path) -> None:
    gone, other = film.with_name("gone.mp4"), film.with_name("other.mp4")
    for path in (gone, other):
        path.write_bytes(b"x")
        cut_off(tmp_path, path)
    gone.unlink()
    with DropAttempts(tmp_path).counted(film):
        gone.write_bytes(b"x")
    assert DropAttempts(tmp_path).unended(other) == 1
    assert "gone.mp4" not in (tmp_path / ".attempts.json").read_text()


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"x": 1}', '{"x": {"begun": "?", "state": 0}}'])
def test_a_damaged_count_begins_anew(tmp_path: Path, film: Path, text: str) -> None:
    (tmp_path / ".attempts.json").write_text(text)
    attempts = DropAttempts(tmp_path)
    assert attempts.unended(film) == 0
    with attempts.counted(film):
        assert attempts.unended(film) == 1


def test_where_nothing_can_be_written_the_work_goes_on(tmp_path: Path, film: Path) -> None:
    attempts = DropAttempts(tmp_path / "nowhere")
    with attempts.counted(film):
        assert attempts.unended(film) == 0
