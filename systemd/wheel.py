"""What pyproject.toml cannot say of the wheel: pages, networks and the list of parts lie beside the
package in a checkout, and inside it (``appliance/shipped``) where it is installed from a wheel.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from setuptools.command.build_py import build_py

SHIPPED = ("kiosk_ui", "models/artifacts", "systemd/requirements/sbom.cdx.json")
"""``appliance.shipped.shipped`` finds each by this name."""


class BuildPy(build_py):
    """Builds the package as setuptools does, and adds what lies beside it.

    An editable installation gets nothing: it runs from the checkout.
    """

    def run(self) -> None:
        if self.editable_mode:
            super().run()
            return
        # A file that is gone since an earlier build would get into the wheel.
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        for path in _shipped_files():
            target = Path(self.build_lib, "appliance", "shipped", path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    def get_source_files(self) -> list[str]:
        """What a source distribution is made of, so that it builds the same wheel."""
        return [*super().get_source_files(), *map(str, _shipped_files()), "systemd/wheel.py"]


def _shipped_files() -> Iterator[Path]:
    """Relative to the project's root, where each build runs."""
    for place in map(Path, SHIPPED):
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (path for path in found if path.is_file())
