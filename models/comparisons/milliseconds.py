"""Milliseconds of one face for every cell of the activation grid, in turn, in one run.

`python -m models.comparisons.milliseconds`. Time does not depend on weights, so networks are fresh;
each is exported and run by ONNX Runtime as the unit runs it (float32), the shipped int8 network
beside them. Writes results/milliseconds.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from appliance.inference.onnx_model import OnnxModel
from models import commands
from models.comparisons import architectures, measure, paper, results
from models.comparisons.data import THREE

SHIPPED = Path(__file__).parents[1] / "artifacts" / "emotion_resnet50_mish_int8.onnx"
WARM_UP_ROUNDS = 3


def build(folder: Path, size_px: int, threads: int) -> dict[str, OnnxModel]:
    """Every network, opened, by `<architecture>-<activation>`."""
    opened = {results.SHIPPED_NAME: OnnxModel(SHIPPED, threads)}
    names = [(a, b) for a, cells in paper.ACCURACY.items() for b in cells]
    for architecture, activation in tqdm(names, desc="export"):
        name = f"{architecture}-{activation}"
        network = architectures.create(architecture, len(THREE), size_px, activation)
        measure.export(network, THREE, size_px, folder / f"{name}.onnx")
        opened[name] = OnnxModel(folder / f"{name}.onnx", threads)
    return opened


def take_turns(opened: dict[str, OnnxModel], rounds: int) -> dict[str, float]:
    """Median milliseconds by name; a busy machine slows all alike."""
    rng = np.random.default_rng(0)
    faces = {}
    for name, model in opened.items():
        spec = model.manifest.input
        shape = (1, spec.channels, *spec.size_px)
        faces[name] = rng.standard_normal(shape).astype(np.float32)
    taken: dict[str, list[float]] = {name: [] for name in opened}
    for number in tqdm(range(rounds + WARM_UP_ROUNDS), desc="rounds"):
        for name, model in opened.items():
            began = time.perf_counter()
            model.run(faces[name])
            if number >= WARM_UP_ROUNDS:
                taken[name].append((time.perf_counter() - began) * 1e3)
    return {name: round(statistics.median(ms), 2) for name, ms in taken.items()}


def main() -> None:
    """Entry of `python -m models.comparisons.milliseconds`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=64, help="input side in pixels")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = take_turns(build(Path(folder), given.size, given.threads), given.rounds)
    content = {"size_px": given.size, "threads": given.threads, "milliseconds": found}
    results.RESULTS.mkdir(exist_ok=True)
    (results.RESULTS / "milliseconds.json").write_text(json.dumps(content, indent=1) + "\n")
    print(json.dumps(content, indent=1))


if __name__ == "__main__":
    sys.exit(commands.run(main))
