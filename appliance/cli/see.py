"""``appliance see``: what the unit sees in pictures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from appliance.cli.context import Context
from appliance.cli.picture_drawing import PictureDrawing
from appliance.cli.picture_reading import Reading, find_pictures, read_ahead
from appliance.daemon.networks import Networks
from appliance.domain import EMOTIONS, Box, EmotionScores, Image
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector

LEAST_CONFIDENCE = 0.05
"""Every detection from here on is in the JSON; people are shown what the unit acts on."""
CROPPED_BATCH = 16
"""Pictures of one face each that go through the network together."""


@dataclass(frozen=True, slots=True)
class SeenFace:
    box: Box
    confidence: float
    scores: EmotionScores
    is_acted_on: bool = True
    """Its confidence reaches the detector's operating point."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen in one picture, or why it could not be read."""

    file: str
    image: Image | None
    faces: tuple[SeenFace, ...] = ()
    detect_ms: float = 0.0
    emotion_ms: float = 0.0
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints; boxes in pixels of the picture."""
        if self.image is None:
            return {"file": self.file, "error": self.error}
        return {
            "file": self.file,
            "width": self.image.shape[1],
            "height": self.image.shape[0],
            "faces": [_face_as_json(face) for face in self.faces],
            "ms": {"detect": round(self.detect_ms, 2), "emotion": round(self.emotion_ms, 2)},
        }


@click.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line per picture.")
@click.option("--faces-cropped", is_flag=True, help="Each picture is one face; find none.")
@click.option(
    "--draw",
    "draw_to",
    type=click.Path(path_type=Path),
    help="Write the pictures with what was seen in them into this folder (one picture: file).",
)
@click.option("--detector", type=click.Path(path_type=Path), help="Another face network (ONNX).")
@click.option("--emotion", type=click.Path(path_type=Path), help="Another emotion network (ONNX).")
@click.option("--size", type=click.Choice(["320", "416"]), help="Input of the shipped detector.")
@click.option("--threads", type=click.IntRange(1, 16), help="CPU threads of one inference.")
@click.pass_context
def see(
    click_context: click.Context,
    /,
    files: tuple[Path, ...],
    as_json: bool,
    faces_cropped: bool,
    draw_to: Path | None,
    **networks: Any,
) -> None:
    """Show the faces in pictures and their expressions; folders are walked.

    Told and drawn are the faces that the unit would act on; --json has every detection of
    confidence 0.05 or more. A picture that cannot be read is told and makes the exit status 1
    at the end.
    """
    pictures = find_pictures(files)
    drawing = None if draw_to is None else PictureDrawing(draw_to, files)
    tell = _tell_json if as_json else _teller()
    has_failed = False
    least_confidence = LEAST_CONFIDENCE if as_json else None
    for sight in _look(click_context.obj, pictures, faces_cropped, least_confidence, networks):
        tell(sight)
        has_failed = has_failed or sight.error is not None
        if drawing is not None and sight.image is not None:
            captions = [_caption(face) for face in sight.faces if face.is_acted_on]
            drawing.write(Path(sight.file), sight.image, captions)
    if has_failed:
        click_context.exit(1)


def _look(
    context: Context,
    pictures: Iterable[Path],
    faces_cropped: bool,
    least_confidence: float | None,
    networks: dict[str, Any],
) -> Iterator[Sight]:
    """``least_confidence`` of a detection that is told; None: the detector's operating point."""
    settings = context.settings.models
    chosen = {
        "detector": networks["detector"] and str(networks["detector"]),
        "emotion": networks["emotion"] and str(networks["emotion"]),
        "detector_size_px": networks["size"] and int(networks["size"]),
        "threads": networks["threads"],
        "face_confidence": least_confidence,
    }
    models = settings.model_copy(
        update={key: value for key, value in chosen.items() if value is not None}
    )
    opener = Networks(models, context.state_dir, partial(click.echo, err=True))
    if faces_cropped:
        # A whole batch is read while the one before goes through the network.
        readings = read_ahead(pictures, CROPPED_BATCH)
        return see_cropped(readings, opener.open_classifier())
    readings = read_ahead(pictures)
    detector, classifier = opener.open_both()
    acts_from = settings.face_confidence
    if acts_from is None:
        acts_from = detector.manifest.confidence_threshold
    return see_frames(readings, detector, classifier, acts_from)


def see_frames(
    readings: Iterable[Reading],
    detector: FaceDetector,
    classifier: EmotionClassifier,
    acts_from: float,
) -> Iterator[Sight]:
    """Find the faces in each picture and classify them; the unit acts on those of a confidence
    from ``acts_from`` on."""
    for reading in readings:
        if reading.image is None:
            yield Sight(reading.file, None, error=reading.error)
            continue
        started = time.perf_counter()
        detections = detector.detect(reading.image)
        detected = time.perf_counter()
        scores = classifier.classify(reading.image, [found.box for found in detections])
        classified = time.perf_counter()
        yield Sight(
            reading.file,
            reading.image,
            tuple(
                SeenFace(found.box, found.confidence, score, found.confidence >= acts_from)
                for found, score in zip(detections, scores, strict=True)
            ),
            1e3 * (detected - started),
            1e3 * (classified - detected),
        )


def see_cropped(readings: Iterable[Reading], classifier: EmotionClassifier) -> Iterator[Sight]:
    """Classify pictures that are one face each, several at a time, told in their order."""
    batch: list[Reading] = []
    for reading in readings:
        batch.append(reading)
        if len(batch) == CROPPED_BATCH:
            yield from _see_batch(batch, classifier)
            batch = []
    yield from _see_batch(batch, classifier)


def _see_batch(batch: list[Reading], classifier: EmotionClassifier) -> Iterator[Sight]:
    images = [reading.image for reading in batch if reading.image is not None]
    started = time.perf_counter()
    scores = iter(classifier.classify_cropped(images))
    emotion_ms = 1e3 * (time.perf_counter() - started) / max(1, len(images))
    for reading in batch:
        if reading.image is None:
            yield Sight(reading.file, None, error=reading.error)
            continue
        height, width = reading.image.shape[:2]
        face = SeenFace(Box(0.0, 0.0, float(width), float(height)), 1.0, next(scores))
        yield Sight(reading.file, reading.image, (face,), emotion_ms=emotion_ms)


def _face_as_json(face: SeenFace) -> dict[str, Any]:
    box, scores = face.box, face.scores
    return {
        "box": [round(value, 1) for value in (box.x1, box.y1, box.x2, box.y2)],
        "confidence": round(face.confidence, 4),
        "emotion": {
            name: round(p, 5) for name, p in zip(EMOTIONS, scores.probabilities, strict=True)
        },
        "expression": None if scores.expression is None else scores.expression.name.lower(),
        "valence": round(scores.valence, 4),
        "arousal": round(scores.arousal, 4),
    }


def _caption(face: SeenFace) -> tuple[Box, str]:
    return face.box, f"{_expression_word(face.scores)} {face.confidence:.2f}"


def _expression_word(scores: EmotionScores) -> str:
    return "unclear" if scores.expression is None else scores.expression.name.lower()


def _tell_json(sight: Sight) -> None:
    click.echo(json.dumps(sight.as_json(), ensure_ascii=False))


def _teller() -> Callable[[Sight], None]:
    # Loaded for people only: programs that ask for JSON wait for the start of each process.
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    complaints = Console(stderr=True, highlight=False, soft_wrap=True)

    def tell(sight: Sight) -> None:
        if sight.image is None:
            complaints.print(f"[red]{escape(sight.error or '')}[/]")
            return
        height, width = sight.image.shape[:2]
        number = f"{len(sight.faces)} face{'' if len(sight.faces) == 1 else 's'}"
        console.print(f"[bold]{escape(sight.file)}[/]  {width}x{height}  {number}")
        for face in sight.faces:
            box, scores = face.box, face.scores
            console.print(
                f"  {face.confidence:.2f}  at {box.x1:.0f},{box.y1:.0f}"
                f"  {box.width_px:.0f}x{box.height_px:.0f} px"
                f"  [cyan]{_expression_word(scores)}[/] ({scores.confidence:.0%})"
                f"  valence {scores.valence:+.2f}  arousal {scores.arousal:+.2f}"
            )

    return tell
