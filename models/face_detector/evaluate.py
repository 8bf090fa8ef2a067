"""Measure shipped face networks: `python -m models.face_detector.evaluate --data FOLDER`.

Everything runs through `appliance.inference`, so that what is measured is what the unit does.
Prints one JSON object per network; with `--figure` draws recall against false alarms.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from models import commands
from models.face_detector import signage
from models.face_detector.matching import Curve, PictureMatch, curve, match
from models.face_detector.pictures import LabelledPicture, is_kept_apart, load_faces
from models.face_detector.shipped import Finder, ShippedFinder
from models.face_detector.teacher import load_taught

ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
SIZES_PX = (320, 416)
HEIGHT_BINS_PX = (24, 32, 48, 96, 192, 384, 10_000)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="has faces/ or faces.tar")
    parser.add_argument("--network", type=Path, nargs="*", help="default: those shipped")
    parser.add_argument("--teacher", type=Path, help="measures press photographs too")
    parser.add_argument("--cache", type=Path, help="folder for the teacher's labels")
    parser.add_argument("--videos", type=Path, help="folder of signage scenes")
    parser.add_argument("--figure", type=Path, help="PNG to draw")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args(arguments)
    valid = load_faces(given.data, "valid")
    press = load_press(given.data, given.teacher, given.cache) if given.teacher else []
    curves: dict[str, Curve] = {}
    for path in given.network or [ARTIFACTS / f"face_yolo_{size}.onnx" for size in SIZES_PX]:
        finder = ShippedFinder(path, given.threads)
        threshold = finder.detector.manifest.confidence_threshold
        report, whole = measure_sets(finder, valid, press, threshold)
        curves[finder.detector.manifest.name] = whole
        report = {"network": finder.detector.name, "threshold": threshold, **report}
        report["ms"] = milliseconds(finder, valid)
        if given.videos:
            report["videos"] = {
                video.name: signage.watch(finder, video, threshold)
                for video in sorted(given.videos.iterdir())
                if video.suffix in signage.VIDEO_SUFFIXES
            }
        report["portrait"] = signage.approach(finder, threshold)
        print(json.dumps(report, indent=1))
    if given.figure:
        from models.face_detector.figure import draw

        draw(curves, given.figure)


def load_press(data: Path, teacher: Path, cache: Path) -> list[LabelledPicture]:
    """Expression photographs of persons never trained on, labelled by the teacher."""
    return [
        picture
        for picture in load_taught(data, "expression-photos", teacher, cache)
        if is_kept_apart(picture.name)
    ]


def match_all(find: Finder, pictures: Sequence[LabelledPicture]) -> list[PictureMatch]:
    """Every picture's detections, matched."""
    return [
        match(find(p.pixels), p.boxes, p.ignored, max(p.pixels.shape[:2]))
        for p in tqdm(pictures, desc="pictures", mininterval=2, leave=False)
    ]


def measure(find: Finder, pictures: Sequence[LabelledPicture]) -> Curve:
    """Recall against false alarms over a set."""
    return curve(match_all(find, pictures))


def measure_sets(
    find: Finder,
    valid: Sequence[LabelledPicture],
    press: Sequence[LabelledPicture],
    threshold: float,
) -> tuple[dict[str, Any], Curve]:
    """Figures per set, per source and per face height, and the curve of faces/valid."""
    matches = match_all(find, valid)
    whole = curve(matches)
    report: dict[str, Any] = {"valid": at_work(whole, threshold)}
    report["valid"]["recall_at"] = {
        str(rate): round(whole.at(rate)[1], 3) for rate in (0.05, 0.1, 0.2, 0.3, 0.5)
    }
    for source in ("darun", "mik"):
        own = [m for m, p in zip(matches, valid, strict=True) if p.name.startswith(source)]
        report[source] = at_work(curve(own), threshold)
    if press:
        report["press"] = at_work(measure(find, press), threshold)
    report["recall_by_height"] = by_height(matches, threshold)
    return report, whole


def at_work(result: Curve, threshold: float) -> dict[str, float]:
    """A set's figures at the operating threshold."""
    recall, false_alarms = result.at_threshold(threshold)
    return {
        "pictures": result.pictures,
        "faces": result.faces,
        "recall": round(recall, 3),
        "false_alarms": round(false_alarms, 3),
    }


def by_height(matches: Sequence[PictureMatch], threshold: float) -> dict[str, list[float]]:
    """Recall at the threshold by face height (long side 640): {"24-32": [recall, faces], ...}."""
    heights = np.concatenate([m.height_px for m in matches])
    found = np.concatenate(
        [np.isin(np.arange(len(m.height_px)), m.found[m.confidence >= threshold]) for m in matches]
    )
    table: dict[str, list[float]] = {}
    for low, high in pairwise(HEIGHT_BINS_PX):
        inside = (heights > low) & (heights <= high)
        if inside.any():
            table[f"{low}-{high}"] = [round(float(found[inside].mean()), 3), int(inside.sum())]
    return table


def milliseconds(find: Finder, pictures: Sequence[LabelledPicture]) -> dict[str, float]:
    """Time of a whole detection (letterbox to suppression) over up to 200 pictures, in ms."""
    spent = []
    for picture in pictures[:200]:
        start = time.perf_counter()
        find(picture.pixels)
        spent.append((time.perf_counter() - start) * 1000)
    low, middle, high = np.percentile(spent, [0, 50, 95])
    return {"least": round(low, 1), "median": round(middle, 1), "p95": round(high, 1)}


if __name__ == "__main__":
    sys.exit(commands.run(main))
