"""Nothing that runs the networks reports to anybody: a process of its own, in an empty home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inference.tiny_networks import save_emotion

RUN = """
import os, sys
from pathlib import Path
{first}
from appliance.inference.onnx_model import OnnxModel
OnnxModel(Path(sys.argv[1]), threads=1)
descriptors = Path("/proc/self/fd")
print(*(os.readlink(each) for each in descriptors.iterdir() if each.is_symlink()), sep="\\n")
"""
FIRST = ("", "import models.emotion, onnxruntime")
"""By the unit, and by the workbench."""


@pytest.mark.parametrize("first", FIRST)
def test_onnx_runtime_keeps_no_records_and_no_number_of_this_machine(
    first: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    network = save_emotion(tmp_path)
    # Not the environment of the tests: a build machine's switches the reports off by itself.
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(first=first), str(network)],
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "onnxruntime" not in done.stdout
    assert [path for path in home.rglob("*") if "onnxruntime" in path.name] == []
