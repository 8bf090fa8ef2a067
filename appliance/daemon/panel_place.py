"""Where the panel is, told to the kiosk's browser: another user, which may read nothing else."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

NAME = "panel.env"
KEY_FOLDER = Path("/run/appliance-page")
"""Made by systemd/tmpfiles.conf; what is written there belongs to the group of the kiosk's user,
since the daemon may give no file away."""
KEY_NAME = "key"


def give_key(key: str, environment: Mapping[str, str], folder: Path = KEY_FOLDER) -> bool:
    """Write the page's key for the kiosk's user; to be called before the panel answers.

    False: this is no service of systemd's, so there is no kiosk. A failure is one log line.
    """
    if not environment.get("RUNTIME_DIRECTORY", ""):
        return False
    try:
        _write(folder / KEY_NAME, key + "\n", 0o640)
    except OSError as exc:
        logger.error("The kiosk cannot be given its page's key (%s): nothing it shows is proved;"
                     " run the release's systemd/install.sh again", exc.strerror)  # fmt: skip
    return True


def tell_kiosk(panel_url: str, devtools_port: int, environment: Mapping[str, str]) -> None:
    """Write the ports, for everybody, into the folder that systemd has made; else do nothing.

    The kiosk takes the usual ports where there is no such file, so a failure is one log line.
    """
    folder = environment.get("RUNTIME_DIRECTORY", "")
    if not folder:
        return
    text = f"PANEL_PORT={urlsplit(panel_url).port}\nDEVTOOLS_PORT={devtools_port or 0}\n"
    try:
        _write(Path(folder) / NAME, text, 0o644)
    except OSError as exc:
        logger.warning("The kiosk cannot be told the panel's port (%s)", exc.strerror)


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all, and readable by nobody else at any time."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        os.fchmod(descriptor, mode)
    os.replace(unfinished, path)
