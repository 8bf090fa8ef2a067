"""Where the files lie that the product brings beside its Python code: pages, networks, parts."""

from __future__ import annotations

from pathlib import Path

import appliance


def shipped(name: str) -> Path:
    """The file or folder that a checkout has under ``name``, as ``kiosk_ui``.

    In a checkout and in a release it lies beside the package; a wheel can bring nothing there, so
    it lies inside the package (``systemd/wheel.py`` puts it there).
    """
    package = Path(appliance.__file__).resolve().parent
    inside = package / "shipped"
    return (inside if inside.is_dir() else package.parent) / name


def ui_dir() -> Path:
    """Folder of the pages' files, the panel's and the phones'."""
    return shipped("kiosk_ui")
