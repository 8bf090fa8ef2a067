"""Features of a clip -> valence and arousal: a small regressor that a JSON file describes whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError, model_validator

from appliance.errors import ModelError
from appliance.inference import shipped_models_dir

FILE = "clip_affect.json"
FeatureName = Literal[
    "colorfulness", "median_lightness", "hue_count", "edge_area", "motion", "cuts", "zero_crossings"
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Feature(_Part):
    """A feature and how its values are distributed where the regressor learned."""

    name: FeatureName
    values: Annotated[tuple[float, ...], Field(min_length=2)]
    """Increasing."""
    ranks: tuple[Annotated[float, Field(ge=-1.0, le=1.0)], ...]
    """Of each value among the films: -1 the least, 1 the largest; between them linear."""

    @model_validator(mode="after")
    def _increasing(self) -> Self:
        if len(self.values) != len(self.ranks) or np.any(np.diff(self.values) <= 0):
            raise ValueError("values must increase and have a rank each")
        return self


class Formula(_Part):
    """Deviations from the middle of the films: c + w x + x'Q x over the ranks x."""

    constant: float
    linear: tuple[float, ...]
    quadratic: tuple[tuple[float, ...], ...] = ()


class RegressorFile(_Part):
    """What ``clip_affect.json`` holds."""

    schema_: Literal[1] = Field(alias="schema")
    task: Literal["clip-affect"]
    name: str
    version: str
    licence: str
    card: str
    source: str
    features: tuple[Feature, ...]
    full_scale: PositiveFloat
    """Deviations that count as 1 in valence and arousal of -1..1."""
    valence: Formula
    arousal: Formula
    metrics: dict[str, Any] = {}

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        count = len(self.features)
        for name, formula in (("valence", self.valence), ("arousal", self.arousal)):
            rows = formula.quadratic
            is_square = not rows or [len(row) for row in rows] == [count] * count
            if len(formula.linear) != count or not is_square:
                raise ValueError(f"{name} needs a number for each of the {count} features")
        return self


class AffectRegressor:
    """Tells valence and arousal of a stretch of film from its features."""

    def __init__(self, file: RegressorFile) -> None:
        self.file = file

    @classmethod
    def open(cls, path: Path | None = None) -> Self:
        """The regressor at ``path``, or the shipped one. Raises ModelError."""
        path = path or shipped_models_dir() / FILE
        try:
            return cls(RegressorFile.model_validate_json(path.read_bytes()))
        except OSError as exc:
            raise ModelError(f"No regressor {path} ({exc.strerror}): install again") from exc
        except ValidationError as exc:
            where = ".".join(str(step) for step in exc.errors()[0]["loc"])
            raise ModelError(
                f"Regressor {path} is wrong ({where}: {exc.errors()[0]['msg']}): copy it again"
            ) from exc

    @property
    def name(self) -> str:
        return f"{self.file.name} {self.file.version}"

    def tell(self, features: Mapping[str, float | None]) -> tuple[float, float]:
        """(valence, arousal), -1..1; a feature that is None or absent counts as the middle."""
        ranks = np.array([_rank(each, features.get(each.name)) for each in self.file.features])
        told = (_apply(formula, ranks) for formula in (self.file.valence, self.file.arousal))
        valence, arousal = (float(np.clip(z / self.file.full_scale, -1.0, 1.0)) for z in told)
        return valence, arousal


def _rank(feature: Feature, value: float | None) -> float:
    return 0.0 if value is None else float(np.interp(value, feature.values, feature.ranks))


def _apply(formula: Formula, ranks: np.ndarray) -> float:
    told = formula.constant + float(ranks @ np.array(formula.linear))
    if formula.quadratic:
        told += float(ranks @ np.array(formula.quadratic) @ ranks)
    return told
