"""A small data set in AI Hub's layout, with the traps of the real one."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.models.own_faces import draw_face

WORD_OF = {"happiness": "기쁨", "neutral": "중립", "sadness": "슬픔"}
FRAME_PX = (120, 200)
"""Width and height of the upright picture; the face is in its lower half, alone on grey."""
BOX = {"minX": 20.0, "minY": 110.0, "maxX": 100.0, "maxY": 190.0}
ORIENTATIONS = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
"""EXIF orientation → how the pixels lie in the file."""


def photograph(label: str, seed: int) -> Image.Image:
    """A face in the lower half of an upright picture."""
    picture = np.full((FRAME_PX[1], FRAME_PX[0], 3), 128, np.uint8)
    picture[110:190, 20:100] = draw_face(label, seed, 80)
    return Image.fromarray(picture[:, :, ::-1])


def save(picture: Image.Image, path: Path, orientation: int = 1) -> None:
    """As a phone does: pixels as the sensor lay, the orientation beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    turn = ORIENTATIONS[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying = picture if turn is None else picture.transpose(turn)
    lying.save(path, "JPEG", quality=95, exif=exif)


def record(name: str, words: list[str], **more: Any) -> dict[str, Any]:
    """What a label file says of one picture."""
    annotations = {
        f"annot_{who}": {"boxes": dict(BOX), "faceExp": word, "bg": "숲"}
        for who, word in zip("ABC", words, strict=True)
    }
    common = {"gender": "여", "age": 20, "isProf": "일반인", "bg_uploader": "숲"}
    return {"filename": name, "faceExp_uploader": words[0]} | common | annotations | more


@dataclass
class AiHub:
    """Writes the layout under `root`; `records` by (folder's word, TRAIN or VALID)."""

    root: Path
    records: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def add(
        self,
        folder: str,
        words: list[str] | None = None,
        *,
        label: str = "neutral",
        person: str = "ab12cd",
        number: int = 0,
        side: str = "TRAIN",
        orientation: int = 1,
        suffix: str = ".jpg",
        written: bool = True,
        **more: Any,
    ) -> Path:
        """One picture and its record; returns where the picture lies."""
        name = f"{person}_여_20_{folder}_숲_2020121018{number:04}-001-013{suffix}"
        path = self.root / f"[원천]EMOIMG_{folder}_{side}_01" / name
        if written:
            save(photograph(label, number), path, orientation)
        said = record(name, words or [folder] * 3, **more)
        self.records.setdefault((folder, side), []).append(said)
        return path

    def write_labels(self, encoding: str = "utf-8", form: str = "NFC") -> None:
        """The label files; `form` NFD as a Mac names folders."""
        kind = {"TRAIN": "training", "VALID": "validation"}
        for (folder, side), records in self.records.items():
            parent = self.root / unicodedata.normalize(form, f"[라벨]EMOIMG_{folder}_{side}")
            parent.mkdir(parents=True, exist_ok=True)
            path = parent / f"img_emotion_{kind[side]}_data({folder}).json"
            path.write_bytes(json.dumps(records, ensure_ascii=False).encode(encoding))


def whole(root: Path, people: int = 8, each: int = 3) -> AiHub:
    """Three classes on which all agree, of several people, every orientation and ending."""
    found = AiHub(root)
    number = 0
    for label, word in WORD_OF.items():
        for person in range(people):
            for _ in range(each):
                number += 1
                found.add(
                    word,
                    label=label,
                    person=f"person{person:02}",
                    number=number,
                    orientation=(1, 3, 6)[number % 3],
                    suffix=(".jpg", ".jpeg")[number % 2],
                )
    return found
