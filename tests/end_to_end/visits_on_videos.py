"""When visits begin on the videos at hand; ``python -m tests.end_to_end.visits_on_videos``.

Each video is seen once, at 8 frames a second, with the shipped networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from appliance.audience import AudienceRules
from appliance.camera.replay import EndOfReplay, ReplayCamera, VideoRecording
from appliance.daemon.perception import Perception
from appliance.domain import AudienceMoment
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector
from tests.camera.stepped_clock import SteppedClock
from tests.inference.shared_data import shared, shipped

HOLD_S = 1.0
FPS = 8.0
VIDEOS = (
    "again.mkv", "book.mkv", "classroom.gif", "face-demographics-walking-and-pause.gif",
    "face-demographics-walking.gif", "head-pose-face-detection-female-and-male.gif",
    "head-pose-face-detection-female.gif", "head-pose-face-detection-male.gif",
    "people-detection.gif", "sister.mkv", "thanks.mkv",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Begun:
    """Seconds from a video's start at which visits begin."""

    held: tuple[float, ...]
    """Of whoever was held for ``HOLD_S``, pictures too."""
    alive: tuple[float, ...]
    """Of those who also have shown life."""


def begun(moments: Iterable[AudienceMoment]) -> Begun:
    """One beginning for each leader, as ``Session`` counts them."""
    held: dict[int, float] = {}
    alive: dict[int, float] = {}
    first_s: float | None = None
    for moment in moments:
        first_s = moment.observed_at_s if first_s is None else first_s
        leader = moment.leader
        if leader is None or not leader.is_present or leader.attention_s < HOLD_S:
            continue
        held.setdefault(leader.track_id, moment.observed_at_s - first_s)
        if leader.is_alive:
            alive.setdefault(leader.track_id, moment.observed_at_s - first_s)
    return Begun(tuple(held.values()), tuple(alive.values()))


def watch(path: Path, perception: Perception) -> list[AudienceMoment]:
    """All moments of a video."""
    clock = SteppedClock().as_clock()
    camera = ReplayCamera(VideoRecording(path), path.name, (640, 480), FPS, False, clock)
    moments = []
    while True:
        try:
            frame = camera.read()
        except EndOfReplay:
            return moments
        moments.append(perception.step(frame))


def main() -> None:
    networks = (
        FaceDetector.open(shipped("face_yolo_416.onnx")),
        EmotionClassifier.open(shipped("emotion_resnet50_mish_int8.onnx")),
    )
    print("| video | held faces: visits begin at, s | with signs of life |\n|---|---|---|")
    for name in VIDEOS:
        found = begun(watch(shared(f"video/{name}"), Perception(*networks, AudienceRules())))
        cells = (", ".join(f"{s:.2f}" for s in times) or "–" for times in (found.held, found.alive))
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
