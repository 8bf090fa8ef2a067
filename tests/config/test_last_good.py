"""A settings file that is cut short or damaged gives way to the settings the unit last ran with."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.config import Settings
from appliance.config.last_good import (
    NAME,
    read_and_keep,
    read_or_last_good,
    read_settings,
)
from appliance.errors import ConfigError

RIGHT = '[privacy]\nquiet_hours = ["22:00-06:00"]\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(RIGHT)
    return path


@pytest.mark.parametrize(
    "content",
    [b"", b"\n \n", b"\0" * 512, RIGHT.encode()[:30], b"\xff\xfe", b"[camra]\n", None],
    ids=["empty", "blank", "zeros", "cut", "no text", "mistake", "gone"],
)
def test_the_last_good_ones_hold_and_the_mistake_is_said(
    config: Path, tmp_path: Path, content: bytes | None
) -> None:
    assert read_or_last_good(config, tmp_path)[1] is None
    if content is None:
        config.unlink()
    else:
        config.write_bytes(content)
    settings, trouble = read_or_last_good(config, tmp_path)
    assert (
        settings.privacy.quiet_hours
        == Settings.model_validate(
            {"privacy": {"quiet_hours": ["22:00-06:00"]}}
        ).privacy.quiet_hours
    )
    assert trouble is not None
    assert str(config) in trouble
    assert NAME in trouble
    assert "\n" not in trouble
    for strict in (read_settings, read_and_keep):
        with pytest.raises(ConfigError):
            strict(config, tmp_path)


def test_a_comment_alone_means_the_defaults(config: Path, tmp_path: Path) -> None:
    read_and_keep(config, tmp_path)
    config.write_text("# nothing is set here\n")
    assert read_or_last_good(config, tmp_path) == (Settings(), None)


def test_without_last_good_ones_it_is_as_ever(config: Path, tmp_path: Path) -> None:
    config.write_text("")
    assert read_or_last_good(config, tmp_path) == (Settings(), None)
    config.write_text("[camra]\n")
    with pytest.raises(ConfigError, match="did you mean 'camera'"):
        read_or_last_good(config, tmp_path)
    assert read_or_last_good(None, tmp_path) == (Settings(), None)


def test_damaged_last_good_ones_are_none(config: Path, tmp_path: Path) -> None:
    read_and_keep(config, tmp_path)
    (tmp_path / NAME).write_bytes(b"\0\0[")
    config.write_text("[camra]\n")
    with pytest.raises(ConfigError, match="camra"):
        read_or_last_good(config, tmp_path)


def test_only_the_unit_can_read_them(config: Path, tmp_path: Path) -> None:
    read_and_keep(config, tmp_path)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / NAME).read_text() == RIGHT
