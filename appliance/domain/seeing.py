"""What is seen: frames, boxes, faces, who stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.vocabulary import Expression

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
else:
    # Commands that touch no picture need not load numpy, a quarter of their start.
    Image = "NDArray[np.uint8]"
"""Picture of shape (height, width, 3), blue-green-red, 0..255."""


@dataclass(frozen=True, slots=True)
class Box:
    """Bounding box ``xyxy`` in pixels of its picture."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width_px(self) -> float:
        return max(0.0, self.x2 - self.x1)

    @property
    def height_px(self) -> float:
        return max(0.0, self.y2 - self.y1)

    @property
    def area_px(self) -> float:
        return self.width_px * self.height_px

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area_px + other.area_px - shared)


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera picture; lives in memory for one iteration and never crosses a thread."""

    image: Image
    captured_at_s: float
    """Monotonic clock."""
    sequence: int


@dataclass(frozen=True, slots=True)
class Detection:
    box: Box
    confidence: float
    change: float | None = None
    """How far the face has moved or changed since its earlier sights: above 1 more than noise
    does; None: not measured."""


@dataclass(frozen=True, slots=True)
class EmotionScores:
    """What the emotion network says of one face."""

    probabilities: tuple[float, ...]
    """Seven, in the order of ``EMOTIONS``; they sum to 1."""
    valence: float
    """-1 (unpleasant) .. 1 (pleasant)."""
    arousal: float
    """-1 (calm) .. 1 (excited)."""
    expression: Expression | None
    """None: the unit abstains."""
    confidence: float
    """Largest of the seven probabilities."""


@dataclass(frozen=True, slots=True)
class Face:
    box: Box
    confidence: float
    scores: EmotionScores | None
    """None where the expression was not estimated in this frame."""
    change: float | None = None
    """As in ``Detection``."""


@dataclass(frozen=True, slots=True)
class Leader:
    """The nearest face, as it stands at one moment; a number within one run, no identity."""

    track_id: int
    is_present: bool
    """Seen in the latest frame; a leader is kept for a while without."""
    dwell_s: float
    """First seen until now."""
    attention_s: float
    """Seconds seen facing the screen, at most ``dwell_s``."""
    unseen_s: float
    """Seconds since the last sight; 0 when present."""
    is_stable: bool
    """The expression was steady over the window (or the unit steadily abstains)."""
    expression: Expression | None
    """The stable expression; None: abstained."""
    confidence: float
    """Mean probability of ``expression`` over the window; 0 when abstained."""
    scores: EmotionScores | None
    """Of the latest frame the leader was classified in."""
    is_alive: bool = True
    """It has moved or changed in its latest sights, as no picture does (or nobody measured)."""


@dataclass(frozen=True, slots=True)
class AudienceMoment:
    """Who stands there now. Has no array field: pixels never leave the perception loop."""

    observed_at_s: float
    """Monotonic clock."""
    watchers: int
    """Faces turned to the screen now, the leader included."""
    leader: Leader | None
    fixtures: int = 0
    """Faces of the place that never move (posters, statues): known now, seen in no other field."""
