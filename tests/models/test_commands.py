"""Every way a workbench command may end: its status, and at most one line of words."""

from pathlib import Path

import pytest

from models import commands


def ends(raised: BaseException | None) -> int:
    def command() -> None:
        if raised is not None:
            raise raised

    return commands.run(command)


def test_a_file_that_is_missing_is_named_without_an_error_number(tmp_path: Path, capsys) -> None:
    path = tmp_path / "results.json"
    assert commands.run(path.read_text) == commands.BAD_INPUT
    assert capsys.readouterr().err == f"There is no {path}\n"


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (None, 0, ""),
        (commands.TrainingDataError("no pictures in FOLDER"), 2, "no pictures in FOLDER\n"),
        (FileNotFoundError("FOLDER is empty"), 2, "FOLDER is empty\n"),
        (KeyboardInterrupt(), 130, "interrupted: the same command continues\n"),
    ],
)
def test_an_end_has_its_status_and_words(raised, status, said, capsys) -> None:
    assert ends(raised) == status
    assert capsys.readouterr().err == said


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        ends(ZeroDivisionError())
