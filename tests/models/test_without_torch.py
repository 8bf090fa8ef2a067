"""Where pip finds no PyTorch, the workbench's tests are skipped or need none; none breaks off."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

COLLECT = """
import sys
from importlib import metadata
import pytest
from packaging.utils import canonicalize_name
from tests.lock_files import name_of, pinned

locked = {name_of(pin) for lock in ("build", "test") for pin, _ in pinned(lock)} | {"maum-signage"}
there = metadata.packages_distributions().items()
hidden = {name for name, found in there if not locked & set(map(canonicalize_name, found))}

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide())
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests/models"]))
"""
"""Collects the tests with the locked packages alone, as on a machine without the workbench's."""


def test_the_workbenchs_tests_can_be_collected_without_the_workbench() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLLECT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "needs torch" in done.stdout
