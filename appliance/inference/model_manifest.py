"""The JSON sidecar of a network: every fact about it comes from here, none from its file name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from appliance.domain import EMOTIONS, Expression, Mood
from appliance.errors import ModelError

EmotionName = Literal["neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger"]
ExpressionName = Literal["happy", "neutral", "sad"]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
UnitInterval = Annotated[float, Field(ge=-1.0, le=1.0)]
SidePx = Annotated[int, Field(gt=0, le=4096)]
Task = Literal["face-detection", "emotion", "picture-mood"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputSpec(_Part):
    """What the network wants to be fed: float32 [N, channels, H, W]."""

    name: str
    size_px: tuple[SidePx, SidePx]
    """(height, width)."""
    channels: Literal[1, 3]
    colour: Literal["rgb", "bgr", "grey"]
    scale: PositiveFloat
    """Factor from 0..255 to the network's range."""
    mean: tuple[float, ...] = ()
    """Per channel, subtracted after ``scale``; empty: zero."""
    std: tuple[PositiveFloat, ...] = ()
    """Per channel, divided by after ``mean``; empty: one."""
    standardise: Literal["none", "per-picture"] = "none"
    """``per-picture``: (x - mean(x)) / (std(x) + 1e-6) over each picture, in place of mean/std."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.colour == "grey") != (self.channels == 1):
            raise ValueError(f"colour {self.colour!r} does not go with {self.channels} channels")
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) not in (0, self.channels):
                raise ValueError(f"{name} needs one number per channel ({self.channels})")
        return self


class LetterboxSpec(_Part):
    """How a picture is fitted into the input without stretching it."""

    fill: Annotated[int, Field(ge=0, le=255)] = 114
    align: Literal["centre", "top-left"] = "centre"


class XyxyConfidenceHead(_Part):
    """Output [1, N, 5]: x1, y1, x2, y2 in input pixels, confidence 0..1."""

    kind: Literal["xyxy-confidence"]
    strides: tuple[PositiveInt, ...] = (8, 16, 32)
    outputs: tuple[str, ...] = ()


class YoloV8DflHead(_Part):
    """One output [1, 4*reg_max + 1 + landmarks*k, H/s, W/s] per stride s, raw logits.

    Distances to the four sides are distributions over ``reg_max`` bins (distribution focal
    loss, Li et al. 2020); k is 2 or 3 numbers per landmark, which are not used.
    """

    kind: Literal["yolov8-dfl"]
    strides: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    outputs: tuple[str, ...] = ()
    reg_max: PositiveInt = 16
    landmarks: Annotated[int, Field(ge=0)] = 0


class YoloV8DecodedHead(_Part):
    """Output [1, 5 + landmarks*k, N]: centre x, y, width, height in input pixels, confidence."""

    kind: Literal["yolov8-decoded"]
    strides: tuple[PositiveInt, ...] = (8, 16, 32)
    outputs: tuple[str, ...] = ()
    landmarks: Annotated[int, Field(ge=0)] = 0


class YoloV5DecodedHead(_Part):
    """Output [1, N, 5 + landmarks*2 + 1]: centre x, y, width, height, objectness, ..., class."""

    kind: Literal["yolov5-decoded"]
    strides: tuple[PositiveInt, ...] = (8, 16, 32)
    outputs: tuple[str, ...] = ()
    landmarks: Annotated[int, Field(ge=0)] = 0


Head = Annotated[
    XyxyConfidenceHead | YoloV8DflHead | YoloV8DecodedHead | YoloV5DecodedHead,
    Field(discriminator="kind"),
]


class CropSpec(_Part):
    """Which square around a detector's box the emotion network sees."""

    scale: PositiveFloat = 1.25
    """Side of the square over the longer side of the box."""
    shift_y: UnitInterval = 0.0
    """The centre moves down by this share of the square's side."""


class AffectTable(_Part):
    """Published coordinates of each emotion; their expectation is the face's valence/arousal."""

    source: str
    valence: dict[str, UnitInterval]
    arousal: dict[str, UnitInterval]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, table in (("valence", self.valence), ("arousal", self.arousal)):
            if set(table) != set(EMOTIONS):
                raise ValueError(f"{name} needs exactly the keys {', '.join(EMOTIONS)}")
        return self


class AffectScale(_Part):
    """What the answers (valence, arousal) of a picture network are measured in."""

    source: str
    """Whose ratings it learned, and how they were standardised."""
    full_scale: PositiveFloat
    """The answer that counts as 1 in valence and arousal of -1..1."""
    error_valence: PositiveFloat
    """Standard deviation of the answers' errors, in their own unit."""
    error_arousal: PositiveFloat
    error_correlation: Annotated[float, Field(gt=-1.0, lt=1.0)]
    """Between the errors of the two."""


class SelfTest(_Part):
    """What the network answered where it was made.

    The input is ``numpy.random.default_rng(input_seed).standard_normal(shape)`` as float32,
    batch of one.
    """

    input_seed: int
    output: list[list[float]]
    tolerance: PositiveFloat

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if len({len(row) for row in self.output}) != 1:
            raise ValueError("output needs rows of one length")
        return self


class _Manifest(_Part):
    schema_: Literal[1] = Field(alias="schema")
    name: str
    version: str
    file: Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f]+\.onnx$")]
    """Name of the ONNX file in the manifest's folder."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    licence: str
    card: str
    input: InputSpec
    metrics: dict[str, Any] = {}
    self_test: SelfTest | None = None


class FaceManifest(_Manifest):
    """A face detector."""

    task: Literal["face-detection"]
    letterbox: LetterboxSpec
    head: Head
    confidence_threshold: Probability
    """The operating point."""
    nms_iou: Probability


class EmotionManifest(_Manifest):
    """An emotion classifier over ``domain.EMOTIONS``."""

    task: Literal["emotion"]
    labels: tuple[str, ...]
    expressions: dict[ExpressionName, tuple[EmotionName, ...]]
    """Which emotions add up to which expression; the others belong to none."""
    temperature: PositiveFloat = 1.0
    crop: CropSpec
    abstain_below: Probability
    affect: AffectTable

    @model_validator(mode="after")
    def _known_labels(self) -> Self:
        if self.labels != EMOTIONS:
            raise ValueError(f"labels must be {', '.join(EMOTIONS)}, in this order")
        missing = [e.name.lower() for e in Expression if e.name.lower() not in self.expressions]
        if missing:
            raise ValueError(f"expressions lacks {', '.join(missing)}")
        return self


class PictureMoodManifest(_Manifest):
    """A network that tells a picture's valence and arousal: output [N, 2]."""

    task: Literal["picture-mood"]
    labels: tuple[str, ...]
    scale: AffectScale

    @model_validator(mode="after")
    def _known_labels(self) -> Self:
        moods = tuple(mood.value for mood in Mood)
        if self.labels != moods:
            raise ValueError(f"labels must be {', '.join(moods)}, in this order")
        return self


ModelManifest = FaceManifest | EmotionManifest | PictureMoodManifest

_READER: TypeAdapter[ModelManifest] = TypeAdapter(
    Annotated[ModelManifest, Field(discriminator="task")]
)


def load_manifest(path: Path | str) -> ModelManifest:
    """Read the manifest at ``path``, or beside the ONNX file at ``path``.

    Raises ModelError, naming every mistake at once.
    """
    file = Path(path).with_suffix(".json")
    try:
        text = file.read_bytes()
    except OSError as exc:
        raise ModelError(
            f"No manifest {file} ({exc.strerror}): a network needs the JSON file that came with it"
        ) from exc
    try:
        return _READER.validate_json(text)
    except ValidationError as exc:
        mistakes = "; ".join(_describe(error) for error in exc.errors())
        raise ModelError(
            f"Manifest {file} is wrong: {mistakes}; correct it, or copy it again"
        ) from exc


def _describe(error: Any) -> str:
    # The union's branch ("emotion", "yolov8-dfl") is pydantic's own step, not a key of the file.
    steps = [str(step) for step in error["loc"]]
    if steps and steps[0] in get_args(Task):
        steps = steps[1:]
    if len(steps) > 1 and steps[0] == "head" and steps[1].startswith(("yolov", "xyxy-")):
        del steps[1]
    kind, context = error["type"], error.get("ctx", {})
    if "discriminator" in context:
        # It names no key, but the part that the key would tell apart.
        steps.append(context["discriminator"].strip("'"))
    text = {
        "missing": "is missing",
        "union_tag_not_found": "is missing",
        "union_tag_invalid": f"{context.get('tag')!r} is none of {context.get('expected_tags')}",
        "extra_forbidden": "is not a known key",
    }.get(kind, error["msg"])
    return f"{'.'.join(steps)}: {text}" if steps else str(text)
