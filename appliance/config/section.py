"""What every table of the settings file is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _between(least: float, most: float) -> Callable[[float], float]:
    """A check of its own: pydantic would let a field's narrower bounds be overruled by these."""

    def check(value: float) -> float:
        # Written so that NaN, which compares as false, is refused too.
        if not least <= value <= most:
            raise ValueError(f"should be between {least:g} and {most:g}, not {value!r}")
        return value

    return check


Seconds = Annotated[float, AfterValidator(_between(0, 86_400))]
Share = Annotated[float, AfterValidator(_between(0, 1))]
Port = Annotated[int, Field(ge=0, le=65_535)]


class Section(BaseModel):
    """A table of the settings file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
