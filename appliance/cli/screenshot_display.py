"""What the machine's screen shows: asked of the compositor (grim) or of the X server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from appliance.errors import WebError

KIOSK_DIR: Final = Path("/run/appliance-kiosk")
"""``RuntimeDirectory=`` of appliance-kiosk.service."""

_TIMEOUT_S: Final = 15.0
_LOCAL_DISPLAY: Final = re.compile(r"(unix)?:\d{1,5}(\.\d{1,3})?", re.ASCII)


def wayland_picture(environment: Mapping[str, str], runtime_dirs: Path) -> bytes:
    """PNG of all outputs, from grim.

    Over SSH no variable names the kiosk's compositor; it is then looked for in the kiosk service's
    own folder and in ``runtime_dirs`` (``/run/user``). Raises WebError.
    """
    sockets = list(_wayland_sockets(environment, runtime_dirs))
    if not sockets:
        raise WebError("no compositor runs")
    if shutil.which("grim") is None:
        raise WebError("grim is not installed (apt-get install grim)")
    trouble = ""
    for socket in sockets:
        own = {"XDG_RUNTIME_DIR": str(socket.parent), "WAYLAND_DISPLAY": socket.name}
        try:
            return _output_of(["grim", "-"], {**environment, **own})
        except WebError as exc:
            trouble = str(exc)
    raise WebError(trouble)


def x11_picture(environment: Mapping[str, str]) -> bytes:
    """PNG of the whole screen, from ImageMagick or ffmpeg; raises WebError."""
    display = environment.get("DISPLAY", "")
    if not display:
        raise WebError("DISPLAY is not set")
    if _LOCAL_DISPLAY.fullmatch(display) is None:
        # Forwarded by SSH, it is the screen of the one who asks.
        raise WebError(f"DISPLAY={display[:80]!r} is another machine's screen")
    if shutil.which("import") is not None:
        return _output_of(["import", "-silent", "-window", "root", "png:-"], environment)
    if shutil.which("ffmpeg") is None:
        raise WebError("neither import (ImageMagick) nor ffmpeg is installed")
    grab = ["-f", "x11grab", "-draw_mouse", "0", "-i", display]
    one = ["-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"]
    return _output_of(["ffmpeg", "-v", "error", "-nostdin", *grab, *one], environment)


def _wayland_sockets(environment: Mapping[str, str], runtime_dirs: Path) -> Iterator[Path]:
    named = environment.get("WAYLAND_DISPLAY")
    if named:
        yield Path(environment.get("XDG_RUNTIME_DIR", f"{runtime_dirs}/{os.getuid()}"), named)
        return
    for path in [*sorted(KIOSK_DIR.glob("wayland-*")), *sorted(runtime_dirs.glob("*/wayland-*"))]:
        if path.is_socket():
            yield path


def _output_of(command: list[str], environment: Mapping[str, str]) -> bytes:
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise WebError(f"{command[0]} did not finish within {_TIMEOUT_S:g} s") from exc
    except OSError as exc:
        raise WebError(f"cannot start {command[0]}: {exc.strerror}") from exc
    if done.returncode != 0:
        said = " ".join(done.stderr.decode("utf-8", errors="replace").split())
        raise WebError(f"{command[0]} failed: {said[:160] or 'it gave no reason'}")
    return done.stdout
