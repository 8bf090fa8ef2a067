"""Ways to write weights as bytes, side by side: `python -m models.emotion.processors --help`.

Accuracy, time, and how far the answers move on a processor without VNNI, which QEMU emulates
(Debian's qemu-user): the table in models/README.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import torch
from tqdm import tqdm

from models import commands
from models.commands import TrainingDataError
from models.emotion import checkpoint, dataset, held_out, metrics, quantize
from models.emotion.augment import resize, standardise
from models.emotion.export import INPUT, export
from models.emotion.mirrored import Mirrored
from models.generated import GeneratedPart
from models.quantization import EIGHT_BITS, SEVEN_BITS, UNSIGNED, Weights

FOLDER = Path(__file__).parents[1]
PAGE = GeneratedPart(FOLDER / "README.md", "processors")
FIGURES = Path(__file__).with_name("processors.json")
EMULATOR, PROCESSOR = "qemu-x86_64", "Haswell"
EXACT = "session.x64quantprecision"
FACES_THERE = 24
"""Faces that the emulated processor is asked about: it takes a second each."""
ROUNDS = 60

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Way:
    """A way to quantize, and whether the session is asked for exact products."""

    title: str
    weights: Weights
    exact: bool = False


WAYS = (
    Way("signed, eight bits", EIGHT_BITS),
    Way("signed, seven bits (shipped)", SEVEN_BITS),
    Way("unsigned, eight bits", UNSIGNED),
    Way(f"signed, eight bits, `{EXACT}`", EIGHT_BITS, exact=True),
)


@dataclass(frozen=True)
class Row:
    """Shares right, median ms with one thread here, largest change of a logit and of a choice."""

    title: str
    seven: float
    three: float
    milliseconds: float
    largest_change: float
    other_choices: int


def session(path: Path, exact: bool) -> ort.InferenceSession:
    """One thread, with or without exact products."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry(EXACT, str(int(exact)))
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def answer(path: Path, exact: bool, faces: Floats) -> Floats:
    """Logits [N, 7] of faces [N, 1, S, S], one at a time as the unit asks."""
    opened = session(path, exact)
    return np.concatenate([opened.run(None, {INPUT: face[None]})[0] for face in faces])


def answer_there(path: Path, exact: bool, faces: Path) -> Floats:
    """The same on the emulated processor; `faces` is an .npy file."""
    emulator = shutil.which(EMULATOR)
    if emulator is None:
        raise TrainingDataError(f"there is no {EMULATOR}: apt-get install qemu-user")
    out = path.with_suffix(".npy")
    code = (
        "import sys, numpy as np, onnxruntime as ort\n"
        "o = ort.SessionOptions(); o.intra_op_num_threads = 1\n"
        f"o.add_session_config_entry({EXACT!r}, sys.argv[2])\n"
        "s = ort.InferenceSession(sys.argv[1], o, providers=['CPUExecutionProvider'])\n"
        f"np.save(sys.argv[4], [s.run(None, {{{INPUT!r}: x[None]}})[0][0]"
        " for x in np.load(sys.argv[3])])\n"
    )
    command = [emulator, "-cpu", PROCESSOR, sys.executable, "-c", code]
    subprocess.run(
        [*command, str(path), str(int(exact)), str(faces), str(out)],
        check=True,
        capture_output=True,
    )
    return np.asarray(np.load(out), np.float32)


def milliseconds(files: dict[Way, Path], face: Floats) -> dict[Way, float]:
    """Median ms a face of each way, all in turn, round after round."""
    opened = {way: session(path, way.exact) for way, path in files.items()}
    taken: dict[Way, list[float]] = {way: [] for way in files}
    for _ in range(ROUNDS):
        for way, each in opened.items():
            began = time.perf_counter()
            each.run(None, {INPUT: face})
            taken[way].append(1e3 * (time.perf_counter() - began))
    return {way: float(np.median(times)) for way, times in taken.items()}


def compare(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Every way of one checkpoint."""
    network = Mirrored(checkpoint.load(given.checkpoint).network)
    size_px = 64
    plain = folder / "plain.onnx"
    export(network, size_px, plain)
    trained_on = dataset.load(given.fer, given.photos, given.cache)["fer-train"]
    pictures = quantize.calibration_pictures(trained_on, size_px, quantize.CALIBRATION_PICTURES)
    faces = next(iter(held_out.sets(given.fer).values()))
    tensors = fed(faces, size_px)
    few = folder / "few.npy"
    np.save(few, tensors[:: len(tensors) // FACES_THERE][:FACES_THERE])
    files = {}
    for number, way in enumerate(WAYS):
        files[way] = folder / f"way{number}.onnx"
        quantize.quantize(plain, files[way], pictures, weights=way.weights)
    spent = milliseconds(files, tensors[:1])
    rows = []
    for way, path in (bar := tqdm(files.items())):
        bar.set_postfix_str(way.title)
        found = metrics.figures(softmax(answer(path, way.exact, tensors)), faces.labels)
        here, there = answer(path, way.exact, np.load(few)), answer_there(path, way.exact, few)
        rows.append(
            Row(
                way.title,
                round(found.seven, 4),
                round(found.three, 4),
                round(spent[way], 2),
                round(float(np.abs(there - here).max()), 4),
                int((there.argmax(1) != here.argmax(1)).sum()),
            )
        )
    return rows


def fed(faces: held_out.HeldOut, size_px: int) -> Floats:
    """Held-out faces as the network is fed them [N, 1, S, S]."""
    pictures = torch.from_numpy(np.stack([dataset.packed(each) for each in faces.pictures]))
    return standardise(resize(pictures, size_px)).numpy()


def softmax(logits: Floats) -> Floats:
    """Probabilities [N, 7]."""
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| weights | seven classes | three | ms, one thread | largest change of a logit without"
        f" VNNI | other choices, of {FACES_THERE} |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.title} | {row.seven:.1%} | {row.three:.1%} | {row.milliseconds:.1f}"
        f" | {row.largest_change:.3f} | {row.other_choices} |"
        for row in rows
    ]
    return "\n".join(lines)


def read() -> list[Row]:
    """What was measured last."""
    return [Row(**row) for row in json.loads(FIGURES.read_text(encoding="utf-8"))]


def main() -> None:
    """Entry of `python -m models.emotion.processors`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    dataset.add_arguments(parser)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--record", action="store_true", help="write it into models/README.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(given, Path(folder))
    print(table(rows))
    if given.record:
        FIGURES.write_text(json.dumps([vars(row) for row in rows], indent=1) + "\n")
        PAGE.write(table(rows))


if __name__ == "__main__":
    sys.exit(commands.run(main))
