"""Changes one setting in the file: comments and order stay, and only a right file is written."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
import tomllib
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic_core import to_jsonable_python
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from appliance.config.load import (
    MAX_BYTES,
    parse_settings,
    read_settings_text,
    setting_at,
    setting_fields,
    unknown_setting,
)
from appliance.config.settings import Settings
from appliance.errors import ConfigError

NEW_FILE_MODE = 0o644


def set_setting(path: Path, key: str, value: str) -> Settings:
    """Write ``key = value`` into the file at ``path``, which need not exist; returns the result.

    ``value`` is TOML (``8``, ``true``, ``["healing"]``) or a bare word or text.

    Raises:
        ConfigError: no such setting, a wrong value, or any other mistake in the file; or it cannot
            be written. The file is then as it was.
    """
    if key not in {known for known, _ in setting_fields(Settings)}:
        raise ConfigError(unknown_setting(key))
    if "." not in key:
        raise ConfigError(f"{key!r} has tables of its own; write them into {path} by hand")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise ConfigError(f"{key}: the value is not UTF-8 text; type it anew") from exc
    with _locked(path):
        mistake: ConfigError | None = None
        for candidate in _meanings(value):
            text = _edited(_text_of(path), path, key, candidate)
            try:
                settings = parse_settings(text, where=str(path))
            except ConfigError as exc:
                # What the value says as TOML is what was most likely meant.
                mistake = mistake or exc
                continue
            understood = to_jsonable_python(setting_at(settings, key))
            if isinstance(candidate, str) and not isinstance(understood, str):
                # "yes" was taken for a boolean: written as one, it reads as what it is.
                text = _edited(_text_of(path), path, key, understood)
            _replace(path, text)
            return settings
    raise mistake or ConfigError(f"{key}: no value")


def unset_setting(path: Path, key: str) -> bool:
    """Take ``key`` out of the file, so that its default holds; False: it was not in there.

    Raises:
        ConfigError: no such setting and none of that name in the file; or what is left is wrong,
            or it cannot be written. The file is then as it was.
    """
    with _locked(path):
        text = _text_of(path)
        fresh = _edited(text, path, key, None)
        if fresh == text:
            if key not in {known for known, _ in setting_fields(Settings)}:
                raise ConfigError(unknown_setting(key))
            return False
        parse_settings(fresh, where=str(path))
        _replace(path, fresh)
        return True


def _meanings(value: str) -> Iterator[Any]:
    with contextlib.suppress(ValueError, RecursionError):
        parsed = tomllib.loads(f"value = {value}")
        # A line break in the value could bring further keys with it.
        if set(parsed) == {"value"}:
            yield parsed["value"]
    yield value


def _edited(text: str, path: Path, key: str, value: Any) -> str:
    """``text`` with ``key`` set, or taken out (None)."""
    *sections, name = key.split(".")
    try:
        document = tomlkit.parse(text)
        tables: list[MutableMapping[str, Any]] = [document]
        for section in sections:
            if section not in tables[-1]:
                if value is None:
                    return text
                tables[-1][section] = tomlkit.table()
            table = tables[-1][section]
            if not isinstance(table, MutableMapping):
                raise ConfigError(f"{path}: {section!r} is no table; mend that line by hand")
            tables.append(table)
        if value is None:
            if name not in tables[-1]:
                return text
            del tables[-1][name]
        elif name in tables[-1] or not isinstance(tables[-1], Table):
            tables[-1][name] = value
        else:
            _add_after_last_key(tables[-1], name, value)
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, TypeError, RecursionError) as exc:
        raise ConfigError(f"{path}: cannot be changed: {exc}; mend that line by hand") from exc


def _add_after_last_key(table: Table, name: str, value: Any) -> None:
    """Put a new key behind the table's others, before what stands above the next table.

    To tomlkit comments and empty lines up to the next header belong to the table before it.
    """
    body = table.value.body
    end = max((at for at, (key, _) in enumerate(body) if key is not None), default=-1) + 1
    behind = body[end:]
    del body[end:]
    table.value.append(name, value)
    for key, item in behind:
        table.value.append(key, item)


def _text_of(path: Path) -> str:
    if not path.exists():
        return ""
    if not path.is_file():
        raise ConfigError(f"{path}: not a file; name a settings file with --config")
    return read_settings_text(path)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One change at a time: the folder is locked, which leaves nothing behind."""
    folder = path.resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as exc:
        raise _unwritable(path, exc) from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    """In one step, so that a power cut leaves the old file or the new one, whole.

    What a link points to is replaced, not the link; mode and owner stay.
    """
    content = text.encode("utf-8")
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: would be larger than {MAX_BYTES} bytes; shorten it")
    target = path.resolve()
    fresh = ""
    try:
        handle, fresh = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            _take_after(target, file.fileno())
            os.fsync(file.fileno())
        os.replace(fresh, target)
    except OSError as exc:
        if fresh:
            with contextlib.suppress(OSError):
                os.unlink(fresh)
        raise _unwritable(path, exc) from exc
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _take_after(target: Path, handle: int) -> None:
    """Give the open file the mode and owner of the one it replaces."""
    try:
        old = target.stat()
    except FileNotFoundError:
        os.fchmod(handle, NEW_FILE_MODE)
        return
    made = os.fstat(handle)
    if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
        os.fchown(handle, old.st_uid, old.st_gid)
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _unwritable(path: Path, exc: OSError) -> ConfigError:
    return ConfigError(f"{path}: cannot be written: {exc.strerror}; do it with sudo?")
