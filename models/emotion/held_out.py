"""What an emotion network is measured on: faces that nothing was trained on, and what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from appliance.domain import Image
from models.commands import TrainingDataError
from models.emotion import votes
from models.emotion.dataset import walk_fer, walk_photos
from models.emotion.votes import Votes

FERPLUS, AGREED = "ferplus_public_test", "ferplus_agreed"
FER, PHOTOS = "fer2013_public_test", "photographs_held_out"
TITLES = {
    FERPLUS: "FER+ public test, majority of ten people",
    AGREED: "FER+ public test, seven of ten agree",
    FER: "FER2013 public test, the challenge's labels",
    PHOTOS: "photographs of people not trained on",
}
"""By the name that the manifest gives a set, in the order in which they are shown."""


@dataclass(frozen=True)
class HeldOut:
    """Grey faces, the emotion of each [N] (index into LABELS) and people's votes [N, 7], if any."""

    pictures: list[Image]
    labels: npt.NDArray[np.int64]
    votes: npt.NDArray[np.float32] | None = None

    def every(self, step: int) -> HeldOut:
        """Every `step`-th face."""
        voted = None if self.votes is None else self.votes[::step]
        return HeldOut(self.pictures[::step], self.labels[::step], voted)


def sets(fer: Path | None = None, photos: Path | None = None) -> dict[str, HeldOut]:
    """By the names in TITLES; the first is what thresholds are fitted to.

    `fer` holds FER2013 or FER+ (its public test alone is read). Raises TrainingDataError.
    """
    found: dict[str, HeldOut] = {}
    if fer is not None and votes.is_folder_of_votes(fer):
        found |= _voted(votes.read(fer, "validation"))
    elif fer is not None:
        found[FER] = _decoded(fer / "validation", walk_fer(fer, "validation"))
    if photos is not None:
        found[PHOTOS] = _decoded(photos, walk_photos(photos, held_out=True))
    return found


def _voted(found: Votes) -> dict[str, HeldOut]:
    def chosen(rows: votes.Bools, labels: votes.Ints, shares: votes.Floats | None) -> HeldOut:
        return HeldOut(
            list(found.pictures[rows]), labels[rows], None if shares is None else shares[rows]
        )

    return {
        FERPLUS: chosen(found.majority >= 0, found.majority, found.shares),
        AGREED: chosen(found.agreed, found.majority, found.shares),
        FER: chosen(found.fer_labels >= 0, found.fer_labels, None),
    }


def _decoded(folder: Path, files: Iterable[tuple[Path, int]]) -> HeldOut:
    pictures: list[Image] = []
    labels: list[int] = []
    for path, label in files:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise TrainingDataError(f"{path} cannot be decoded: unpack the data set again")
        pictures.append(np.asarray(picture, np.uint8))
        labels.append(label)
    if not pictures:
        raise TrainingDataError(f"no pictures under {folder}: name the unpacked data set")
    return HeldOut(pictures, np.array(labels, np.int64))
