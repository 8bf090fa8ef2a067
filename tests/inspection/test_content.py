"""content.py, files.py: a picture is found in whatever dress it comes, and nothing else is."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.camera.builtin import ASSETS, BuiltinCamera
from appliance.content import starter
from appliance.inference import shipped_models_dir
from appliance.inspection.content import Known
from appliance.inspection.files import FileSearch

FACE = cv2.imread(str(ASSETS / "astronaut.jpg"))[60:170, 160:260]
FRAME = BuiltinCamera(640, 480, 8).draw(20.0)
EMBEDDING = np.random.default_rng(0).normal(0, 0.06, 512).astype(np.float32)
NOTHING = Known()


def encoded(suffix: str, picture: np.ndarray = FACE) -> bytes:
    ok, content = cv2.imencode(suffix, picture)
    assert ok
    return content.tobytes()


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def grey(size: tuple[int, int]) -> bytes:
    return cv2.cvtColor(cv2.resize(FACE, size), cv2.COLOR_BGR2GRAY).tobytes()


def noisy() -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 6, FRAME.shape)
    return np.clip(FRAME + noise, 0, 255).astype(np.uint8)


JPEG = encoded(".jpg")
PICTURES = {
    "jpeg": JPEG,
    "png": encoded(".png"),
    "webp": encoded(".webp"),
    "bmp": encoded(".bmp"),
    "tiff": encoded(".tiff"),
    "netpbm": encoded(".ppm"),
    "film": (starter.CLIPS_FOLDER / "rain.mp4").read_bytes(),
    "npy": saved(lambda file: np.save(file, FACE)),
    "npz": saved(lambda file: np.savez(file, face=FACE)),
    "pickle": pickle.dumps(FACE),
    "jpeg behind a line of text": b"frame 17\n" + JPEG,
    "jpeg without its JFIF header": b"\0" * 100 + JPEG[:2] + JPEG[20:],
    "base64": base64.b64encode(JPEG),
    "base64 in JSON": json.dumps({"at": 1, "crop": base64.b64encode(JPEG).decode()}).encode(),
    "base64 in lines": base64.encodebytes(JPEG),
    "base64 of a raw frame": base64.b64encode(grey((96, 96))),
    "hexadecimal": b"crop=" + JPEG.hex().encode(),
    "gzip": gzip.compress(JPEG),
    "bzip2 in gzip": gzip.compress(bz2.compress(JPEG)),
    "xz": lzma.compress(JPEG),
    "raw frame": FRAME.tobytes(),
    "raw frame of a noisy camera": noisy().tobytes(),
    "raw frame after a header of its own": b"W640H480" + FRAME.tobytes(),
    "half a raw frame": FRAME.tobytes()[: FRAME.size // 2],
    "raw YUV 4:2:0": cv2.cvtColor(FRAME, cv2.COLOR_BGR2YUV_I420).tobytes(),
    "raw BGRA": cv2.cvtColor(FRAME, cv2.COLOR_BGR2BGRA).tobytes(),
    "raw crop in grey": grey((48, 48)),
    "raw crop in colour": np.ascontiguousarray(FACE).tobytes(),
    "a network's input": (FACE.astype(np.float32) / 255 - 0.5).transpose(2, 0, 1).tobytes(),
    "embedding": EMBEDDING.tobytes(),
    "embedding in double precision": EMBEDDING.astype(np.float64).tobytes(),
    "embedding in half precision": EMBEDDING.astype(np.float16).tobytes(),
    "embedding as JSON": json.dumps([float(value) for value in EMBEDDING[:128]]).encode(),
}


def tar_of(name: str, content: bytes) -> bytes:
    def write(file: io.BytesIO) -> None:
        with tarfile.open(fileobj=file, mode="w") as archive:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))

    return saved(write)


def zip_of(name: str, content: bytes) -> bytes:
    def write(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)

    return saved(write)


PICTURES["tar"] = tar_of("notes.txt", JPEG)
PICTURES["zip in tar"] = tar_of("a", zip_of("b", JPEG))


def look(path: Path, known: Known = NOTHING) -> list[tuple[str, bool]]:
    found = FileSearch(known, lambda database: NOTHING).look(path, "it")
    return [(each.what, each.is_certain) for each in found]


@pytest.mark.parametrize("dress", PICTURES)
def test_a_picture_is_found_under_any_name(dress: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(PICTURES[dress])
    found = look(path)
    assert found
    assert found[0][1], found


def random_bytes(count: int) -> bytes:
    return np.random.default_rng(2).integers(0, 256, count, dtype=np.uint8).tobytes()


HARMLESS = {
    "empty": b"",
    "log": b"".join(b"12:00:%02d INFO    control      Screen healing -> show\n" % (n % 60)
                    for n in range(5000)),
    "json": json.dumps([{"clip": n, "score": n / 7, "why": "x" * 40} for n in range(900)]).encode(),
    "korean": ("표정을 추정합니다 · 영상은 저장하지 않습니다\n" * 400).encode(),
    "a secret": b"0f" * 32,
    "a table of numbers": b"".join(b"%d,%d,%.4f\n" % (n, n * n, n / 3) for n in range(3000)),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_unit_writes_is_no_picture(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(HARMLESS[name])
    assert look(path) == []


@pytest.mark.parametrize(
    "content",
    [random_bytes(1024), random_bytes(200_000), b"\0" * 50_000 + random_bytes(50_000)],
    ids=["small", "large", "half zeros"],
)
def test_bytes_of_no_known_kind_are_told_as_such(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(content)
    assert look(tmp_path / "blob") == [("of no known kind", False)]


def test_a_network_is_no_picture(tmp_path: Path) -> None:
    for path in shipped_models_dir().glob("*.onnx"):
        assert all(not is_certain for _, is_certain in look(path)), path


def test_what_is_known_by_checksum_may_be_there(tmp_path: Path) -> None:
    known = Known(frozenset({hashlib.sha256(JPEG).hexdigest()}))
    for name, content in {
        "plain": JPEG,
        "base64": base64.b64encode(JPEG),
        "tar": tar_of("clip.jpg", JPEG),
        "gzip": gzip.compress(JPEG),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert look(tmp_path / name, known) == [], name
    (tmp_path / "other").write_bytes(JPEG[:-20] + b"\0" * 20)
    assert look(tmp_path / "other", known) == [("JPEG", True)]


@pytest.fixture
def database(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT, mac BLOB)")
    connection.execute("INSERT INTO notes VALUES (1, 'hello', ?)", (b"\1" * 32,))
    return connection


@pytest.mark.parametrize(
    "value",
    [
        JPEG,
        base64.b64encode(JPEG).decode(),
        EMBEDDING.tobytes(),
        json.dumps([round(float(value), 4) for value in EMBEDDING[:64]]),
        grey((48, 48)),
    ],
    ids=["jpeg", "base64", "embedding", "numbers", "raw crop"],
)
def test_a_picture_in_a_column_is_found(
    database: sqlite3.Connection, tmp_path: Path, value: object
) -> None:
    assert look(tmp_path / "a.db") == []
    database.execute("INSERT INTO notes (note) VALUES (?)", (value,))
    (found,) = FileSearch(NOTHING, lambda _: NOTHING).look(tmp_path / "a.db", "a.db")
    assert found.where == "a.db, table notes, column note"
    assert found.is_certain


def test_a_picture_in_a_deleted_row_is_found_until_its_page_is_freed(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    database.execute("PRAGMA secure_delete = OFF")  # some builds of SQLite have it on
    database.execute("INSERT INTO notes (mac) VALUES (?)", (JPEG,))
    database.execute("DELETE FROM notes WHERE id = 2")
    assert look(tmp_path / "a.db")[0][0].endswith("(a deleted row; VACUUM the database)")
    database.execute("VACUUM")
    assert look(tmp_path / "a.db") == []


def test_a_damaged_database_is_not_taken_for_clean(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"SQLite format 3\0" + b"\x17" * 5000)
    assert [is_certain for _, is_certain in look(tmp_path / "a.db")] == [False]
