"""Read the settings file: all mistakes at once, each with its key path and a near name."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from appliance.config.settings import Settings
from appliance.errors import ConfigError

MAX_BYTES = 1_000_000


def load_settings(path: Path | None) -> Settings:
    """Settings from a TOML file; None or a missing default file gives the defaults.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or has wrong settings (all are listed).
    """
    return Settings() if path is None else parse_settings(read_settings_text(path), where=str(path))


def parse_settings(text: str, *, where: str) -> Settings:
    """Settings from TOML text; ``where`` names it in messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{where}: not valid TOML: {exc}; mend that line") from exc
    except (RecursionError, ValueError) as exc:
        # Brackets in brackets without end, or a number of thousands of digits.
        raise ConfigError(f"{where}: no settings file, by what it holds; check it") from exc
    try:
        return Settings.model_validate(data)
    except ValidationError as exc:
        mistakes = "; ".join(_describe(error) for error in exc.errors(include_url=False))
        raise ConfigError(f"{where}: {mistakes}") from exc


def read_settings_text(path: Path) -> str:
    """The file's text, line ends as they are. Raises ConfigError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes, so no settings file; check")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: not UTF-8 text; save it as UTF-8") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror}; name a readable settings file") from exc


def _describe(error: ErrorDetails) -> str:
    location = [str(part) for part in error["loc"]]
    key = ".".join(location) or "settings"
    if error["type"] == "extra_forbidden":
        return unknown_setting(key)
    message = error["msg"].removeprefix("Value error, ")
    shown = "" if error["type"] == "value_error" else f", not {_short(error['input'])}"
    return f"{key}: {message}{shown}" if location else message


def unknown_setting(key: str) -> str:
    """What to say of a key path that is none, with the one that was perhaps meant."""
    if key in Settings.model_fields:
        first = next(path for path, _ in setting_fields(Settings) if path.startswith(f"{key}."))
        return f"{key!r} is a table; name one of its settings, such as {first!r}"
    return f"unknown setting {key!r}{_did_you_mean(key.split('.'))}"


def setting_at(settings: Settings, path: str) -> Any:
    """The value at a key path such as ``panel.port``."""
    return attrgetter(path)(settings)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _did_you_mean(location: list[str]) -> str:
    known = {path for path, _ in setting_fields(Settings)}
    sections = set(Settings.model_fields)
    wanted = ".".join(location)
    if len(location) == 1:
        pool = sections | {path.split(".", 1)[-1] for path in known}
    else:
        # A neighbour in the same table is meant more often than a namesake elsewhere.
        same = [path for path in known if path.startswith(location[0] + ".")]
        close = difflib.get_close_matches(wanted, same, n=1, cutoff=0.6)
        if close:
            return f" (did you mean {close[0]!r}?)"
        pool = known
    close = difflib.get_close_matches(wanted, pool, n=1, cutoff=0.5)
    if close and close[0] not in sections and "." not in close[0]:
        close = [path for path in sorted(known) if path.split(".", 1)[-1] == close[0]][:1]
    return f" (did you mean {close[0]!r}?)" if close else ""


def setting_fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting as (key path, pydantic field), in the order of declaration."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_fields(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field
