"""The unit's own secret: made on first start, readable by its user alone."""

from __future__ import annotations

import hmac
import logging
import os
import re
import secrets
import stat
from pathlib import Path

from appliance.errors import DaemonError

logger = logging.getLogger(__name__)

KEY_BYTES = 32
_WHOLE = re.compile(rb"[0-9a-fA-F]{%d}" % (2 * KEY_BYTES))
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def load_or_create_secret(state_dir: Path) -> str:
    """Hexadecimal secret that signs the links in QR codes.

    A damaged one is set aside as `secret.key.damaged` and a new one made: a screen that stays dark
    is worse than links that end. Raises DaemonError where it can neither be read nor written.
    """
    path = state_dir / "secret.key"
    try:
        if path.exists():
            key = _read(path)
            if key is not None:
                return key
            _set_aside(path)
        return _make(path)
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _read(path: Path) -> str | None:
    """The secret in a file that is there; None where it is damaged."""
    content = path.read_bytes().strip()
    _close_to_others(path)
    if not _WHOLE.fullmatch(content):
        return None
    return content.decode("ascii")


def _set_aside(path: Path) -> None:
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    logger.error(
        "%s was damaged and is now %s; a new secret was made: QR links shown before have ended, and"
        " proof of play before this start needs the old secret, from a backup",
        path,
        aside.name,
    )


def _make(path: Path) -> str:
    key = secrets.token_hex(KEY_BYTES)
    # Written under another name first, so that a power cut cannot leave half a key.
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return key


def _unreadable(path: Path, exc: OSError) -> DaemonError:
    return DaemonError(f"cannot keep the unit's secret in {path}: {exc}; check it")


def _close_to_others(path: Path) -> None:
    """A secret that was copied here by hand may have come with everybody's rights."""
    if not path.stat().st_mode & OTHERS:
        return
    try:
        path.chmod(0o600)
    except PermissionError:
        logger.error("%s can be read by others and is not ours: chown it and chmod 600", path)
    else:
        logger.warning("%s could be read by others and is closed now; it may be known", path)


def load_secret(state_dir: Path) -> str:
    """The secret of a unit that has run before, for commands that must not make one.

    Raises DaemonError where there is none or it cannot be read.
    """
    path = state_dir / "secret.key"
    try:
        is_there = path.exists()
    except OSError as exc:
        raise DaemonError(f"cannot read {path}: {exc.strerror}; use the unit's user") from exc
    if not is_there:
        raise DaemonError(
            f"there is no unit's secret at {path}; start the unit once with 'appliance run', or"
            " restore it from a backup"
        )
    try:
        key = _read(path)
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    if key is None:
        raise DaemonError(f"{path} is damaged; restore it from a backup, or start the unit anew")
    return key


def chain_key(secret: str) -> bytes:
    """The key of proof of play: made from the secret, so that links and proof share none."""
    return hmac.digest(secret.encode("ascii"), b"proof of play 1", "sha256")


def page_key(secret: str) -> str:
    """The key of the panel's own page, good until the machine is started again.

    Made of the secret and of this boot, so that a page that is open stays the unit's when the
    daemon alone is restarted.
    """
    text = b"panel page 1\n" + _boot_id()
    return hmac.digest(secret.encode("ascii"), text, "sha256").hex()[:32]


def _boot_id() -> bytes:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    except OSError:
        return b""


def backup_key(state_dir: Path) -> bytes | None:
    """The key that signs backups, made from the secret; None while there is no whole one."""
    try:
        secret = _read(state_dir / "secret.key")
    except OSError:
        return None
    return None if secret is None else hmac.digest(secret.encode("ascii"), b"backup 1", "sha256")
