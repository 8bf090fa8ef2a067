"""The settings that the unit last ran with, kept in its state directory.

A settings file that is cut short or damaged must not take quiet hours and zones with it.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from appliance.config.load import parse_settings, read_settings_text
from appliance.config.settings import Settings
from appliance.errors import ConfigError

logger = logging.getLogger(__name__)

NAME = "last-good-settings.toml"

_NOTHING = " \t\r\n\0"


def read_settings(path: Path | None, state_dir: Path) -> Settings:
    """Settings from a TOML file; None gives the defaults.

    A file without a single character is one that was cut short where the unit has run with
    settings: who means the defaults leaves a comment in it. Raises ConfigError.
    """
    return Settings() if path is None else _parsed(path, state_dir)[0]


def read_and_keep(path: Path | None, state_dir: Path) -> Settings:
    """``read_settings`` for the unit itself: what was right is kept."""
    if path is None:
        return Settings()
    settings, text = _parsed(path, state_dir)
    if text.strip(_NOTHING):
        _keep(text, state_dir / NAME)
    return settings


def read_or_last_good(path: Path | None, state_dir: Path) -> tuple[Settings, str | None]:
    """For the unit's start: the settings, or the last good ones and what is wrong with the file.

    Raises ConfigError where the file is wrong and there are no others.
    """
    try:
        return read_and_keep(path, state_dir), None
    except ConfigError as exc:
        kept = state_dir / NAME
        try:
            settings = parse_settings(read_settings_text(kept), where=str(kept))
        except ConfigError:
            raise exc from None
        return settings, f"{exc}; the unit goes by its last good settings, {kept}"


def _parsed(path: Path, state_dir: Path) -> tuple[Settings, str]:
    text = read_settings_text(path)
    if not text.strip(_NOTHING) and _has_last_good(state_dir):
        raise ConfigError(
            f"{path}: empty, as if cut short; put the last good settings back, which are in"
            f" {state_dir / NAME}, or write a comment into it to mean the defaults"
        )
    return parse_settings(text, where=str(path)), text


def _has_last_good(state_dir: Path) -> bool:
    try:
        return bool(read_settings_text(state_dir / NAME).strip(_NOTHING))
    except ConfigError:
        return False


def _keep(text: str, kept: Path) -> None:
    """Whole or not at all, and readable for the unit alone: an address may hold a password."""
    content = text.encode("utf-8")
    unfinished = kept.with_suffix(".new")
    try:
        if kept.exists() and kept.read_bytes() == content:
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, kept)
    except OSError as exc:
        logger.warning("The settings are not kept for a worse day: %s: %s", kept, exc.strerror)
