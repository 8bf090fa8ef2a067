"""The starter library: clips that a unit can show before anybody has added one.

The clips are painted by this package's own code (`python -m appliance.content.starter --out
DIR`) and shipped ready beside it, with what is to be known of each in `starter.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from appliance.domain import ClipKind, DayTime, Expression, Mood, Season, Weather
from appliance.errors import ContentError

FOLDER: Final = Path(__file__).parent
CATALOGUE: Final = FOLDER / "starter.toml"
CLIPS_FOLDER: Final = FOLDER / "clips"


@dataclass(frozen=True, slots=True)
class StarterClip:
    """One shipped clip; the fields mean what they mean in `appliance.domain.Clip`."""

    path: Path
    """The MP4."""
    poster: Path
    """A JPEG of one frame, 640 px wide."""
    sha256: str
    kind: ClipKind
    title: str
    title_en: str
    description: str
    description_en: str
    seasons: tuple[Season, ...]
    weathers: tuple[Weather, ...]
    day_times: tuple[DayTime, ...]
    target_emotions: tuple[Expression, ...]
    mood: Mood
    valence: float
    arousal: float
    advertiser: str | None
    address: str | None
    phone: str | None
    map_link: str | None
    link: str | None


def load(folder: Path = FOLDER) -> tuple[StarterClip, ...]:
    """The starter library, in the catalogue's order.

    Raises ContentError when the catalogue or a clip it names is missing or malformed.
    """
    catalogue = folder / CATALOGUE.name
    try:
        entries = tomllib.loads(catalogue.read_text(encoding="utf-8"))["clip"]
        clips = tuple(_clip(folder / CLIPS_FOLDER.name, entry) for entry in entries)
    except (OSError, KeyError, TypeError, ValueError) as exc:
        raise ContentError(
            f"the starter library {catalogue} is unreadable ({exc}); install the package again"
        ) from exc
    for clip in clips:
        for path in (clip.path, clip.poster):
            if not path.is_file():
                raise ContentError(
                    f"{path} of the starter library is missing; install the package again"
                )
    return clips


def _clip(clips_folder: Path, entry: dict[str, Any]) -> StarterClip:
    path = clips_folder / str(entry["file"])
    return StarterClip(
        path=path,
        poster=path.with_suffix(".jpg"),
        sha256=str(entry["sha256"]),
        kind=ClipKind(entry["kind"]),
        title=str(entry["title"]),
        title_en=str(entry["title_en"]),
        description=str(entry["description"]),
        description_en=str(entry["description_en"]),
        seasons=tuple(Season(word) for word in entry["seasons"]),
        weathers=tuple(Weather(word) for word in entry["weathers"]),
        day_times=tuple(DayTime(word) for word in entry["day_times"]),
        target_emotions=tuple(Expression[word.upper()] for word in entry["target_emotions"]),
        mood=Mood(entry["mood"]),
        valence=float(entry["valence"]),
        arousal=float(entry["arousal"]),
        advertiser=entry.get("advertiser"),
        address=entry.get("address"),
        phone=entry.get("phone"),
        map_link=entry.get("map_link"),
        link=entry.get("link"),
    )
