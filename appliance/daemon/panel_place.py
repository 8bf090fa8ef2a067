"""Where the panel is, told to the kiosk's browser: another user, which may read nothing else."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

NAME = "panel.env"


def tell_kiosk(panel_url: str, devtools_port: int, environment: Mapping[str, str]) -> None:
    """Write the ports into the folder that systemd has made for the service; else do nothing.

    The kiosk takes the usual ports where there is no such file, so a failure is one log line.
    """
    folder = environment.get("RUNTIME_DIRECTORY", "")
    if not folder:
        return
    text = f"PANEL_PORT={urlsplit(panel_url).port}\nDEVTOOLS_PORT={devtools_port or 0}\n"
    path = Path(folder) / NAME
    try:
        unfinished = path.with_suffix(".new")
        unfinished.write_text(text, encoding="ascii")
        unfinished.chmod(0o644)
        os.replace(unfinished, path)
    except OSError as exc:
        logger.warning("The kiosk cannot be told the panel's port (%s)", exc.strerror)
