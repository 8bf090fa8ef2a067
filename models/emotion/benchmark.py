"""Milliseconds of the same network with different activations, side by side.

`python -m models.emotion.benchmark --help`. Builds ResNet50 several times with the same random
weights (time does not depend on them), with ReLU and three ways to write Mish, in int8 and in
float32, and runs them with one thread and with two. They are timed in turn, round after round, so
that a busy machine disturbs all alike; minimum and median per network, and the median over that of
int8 ReLU, are printed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from torch import nn

from models import commands
from models.emotion import timings
from models.emotion.export import INPUT, export
from models.emotion.mirrored import Mirrored
from models.emotion.mish import GatedMish, Mish
from models.emotion.network import EmotionNetwork
from models.emotion.quantize import quantize
from models.emotion.timings import Timing, Timings


def session(path: Path, threads: int) -> ort.InferenceSession:
    """Opened as the unit opens it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def build(
    folder: Path,
    name: str,
    activation: Callable[[], nn.Module],
    size_px: int,
    mirrors: bool = True,
) -> list[Path]:
    """[float32 file, int8 file] of the network with this activation, as it ships or one side."""
    torch.manual_seed(0)
    network = EmotionNetwork(activation=activation)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            module.momentum = 1.0
    # One pass sets the normalisations, so that values have the spread of a trained network's.
    with torch.no_grad():
        network.train()(torch.randn(32, 1, size_px, size_px))
    plain, small = folder / f"{name}-fp32.onnx", folder / f"{name}-int8.onnx"
    export(Mirrored(network) if mirrors else network, size_px, plain)
    pictures = np.random.default_rng(0).standard_normal((32, 1, size_px, size_px))
    quantize(plain, small, pictures.astype(np.float32))
    return [plain, small]


def measure(files: dict[str, Path], size_px: int, threads: int, rounds: int) -> Timings:
    """Every network in turn, round after round."""
    sessions = {name: session(path, threads) for name, path in files.items()}
    face = np.random.default_rng(1).standard_normal((1, 1, size_px, size_px)).astype(np.float32)
    taken: dict[str, list[float]] = {name: [] for name in files}
    for number in range(rounds + 3):
        for name, opened in sessions.items():
            began = time.perf_counter()
            opened.run(None, {INPUT: face})
            if number >= 3:
                taken[name].append((time.perf_counter() - began) * 1e3)
    rows = [
        Timing(
            name,
            round(min(ms), 2),
            round(statistics.median(ms), 2),
            round(files[name].stat().st_size / 1e6, 1),
        )
        for name, ms in taken.items()
    ]
    return Timings(size_px, threads, rounds, rows)


def main() -> None:
    """Entry of `python -m models.emotion.benchmark`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=64, help="input side in pixels")
    parser.add_argument("--threads", type=int, choices=range(1, 17), nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--record", action="store_true", help="keep the figures for the card")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        relu = build(Path(folder), "relu", nn.ReLU, given.size)
        naive = build(Path(folder), "operator", nn.Mish, given.size)
        rational = build(Path(folder), "rational", Mish, given.size)
        gated = build(Path(folder), "gated", GatedMish, given.size)
        one_side = build(Path(folder), "one-side", GatedMish, given.size, mirrors=False)
        files = {
            "int8, ReLU": relu[1],
            timings.SHIPPED: gated[1],
            "the same without the mirror image": one_side[1],
            "int8, Mish as x·n/(n+2)": rational[1],
            timings.INT8_AS_EXPORTED: naive[1],
            "float32, ReLU": relu[0],
            "float32, Mish as x·n/(n+2)": rational[0],
            timings.AS_EXPORTED: naive[0],
        }
        runs = [measure(files, given.size, count, given.rounds) for count in given.threads]
    print("\n\n".join(run.table() for run in runs))
    if given.record:
        timings.write(runs)


if __name__ == "__main__":
    sys.exit(commands.run(main))
