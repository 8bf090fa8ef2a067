"""``appliance compose`` with real ffmpeg and tiny real networks: a clip that plays, or a line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from appliance.cli.compose import compose
from appliance.cli.context import Context
from appliance.cli.main import INTERRUPTED
from appliance.content.compose import composing, title_font
from appliance.content.media import decode_check, probe, sha256_of
from appliance.content.panel_format import why_encode_sound, why_encode_video, why_rewrap
from appliance.domain import Mood
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.content.odd_files import H264, encode, loudness_lufs, picture, tone
from tests.inference.shared_data import ROOT, shipped
from tests.inference.tiny_networks import save_detector, save_mood

HEIC = ROOT / "tests" / "pictures" / "fixtures" / "turned.heic"


@pytest.fixture
def compose_command(
    run_command: Callable[[click.Command], Type],
    tmp_path: Path,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
) -> Type:
    """The command with a network that likes red and is excited by green; beats come from librosa
    in one test of their own, for its first use takes seconds."""
    folder = tmp_path / "networks"
    folder.mkdir()
    networks = {"mood": str(save_mood(folder)), "detector": str(save_detector(folder))}
    models = context.settings.models.model_copy(update=networks)
    # A cached property: the settings as this unit's file would have them.
    context.__dict__["settings"] = context.settings.model_copy(update={"models": models})
    monkeypatch.setattr(composing, "beats_of", lambda samples: (0.4, 2.9, 5.7))
    return run_command(compose)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two that can be told apart, and a film without sound."""
    folder = tmp_path / "holiday"
    folder.mkdir()
    photograph(folder / "a.jpg", (255, 255, 0))
    photograph(folder / "b.png", (200, 90, 30))
    encode(folder / "c.mp4", *picture("640x360", 25, 3), *H264)
    return folder


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music" / "happy"
    folder.mkdir(parents=True)
    encode(folder / "song.mp3", *tone(-9, 9))
    return folder.parent


def photograph(path: Path, colour: tuple[int, ...], size: tuple[int, int] = (800, 500)) -> Path:
    mode = "RGBA" if len(colour) == 4 else "RGB"
    made = PillowImage.new(mode, size, colour)
    made.paste((255,) * len(colour), (size[0] // 2, 0, size[0] // 2 + 40, size[1] // 3))
    made.save(path)
    return path


def frame(path: Path, at_s: float) -> np.ndarray:
    video = cv2.VideoCapture(str(path))
    video.set(cv2.CAP_PROP_POS_MSEC, at_s * 1000)
    return np.asarray(video.read()[1])


def test_holiday_pictures_become_a_clip_that_plays_as_it_is(
    compose_command: Type, photos: Path, music: Path, tmp_path: Path
) -> None:
    out = tmp_path / "clip.mp4"
    status, output = compose_command(
        photos, "--music", music, "--out", out, "--seconds", 7.6, "--title", "가을 여행", "--json"
    )
    assert status == 0
    told = json.loads(output.splitlines()[-1])
    assert (told["mood"], told["music_mood"]) == ("happy", "happy")
    assert [Path(view["file"]).name for view in told["views"]] == [
        "a.jpg",
        "b.png",
        "c.mp4",
    ]
    assert told["changes_on_beat"] == 2
    assert told["size_px"] == [640, 360]

    info = probe(out)
    assert (info.width_px, info.height_px, info.fps) == (640, 360, 30)
    assert info.duration_s == pytest.approx(7.6, abs=0.05)
    assert (why_encode_video(info), why_encode_sound(info), why_rewrap(info, out)) == (None,) * 3
    decode_check(out)
    assert loudness_lufs(out) == pytest.approx(-16, abs=1)
    assert frame(out, 2.0).mean() > 60
    assert frame(out, 7.55).mean() < 40
    assert not list(tmp_path.glob(".*"))


def test_it_goes_into_the_library_with_its_mood_and_waits_for_approval(
    compose_command: Type,
    photos: Path,
    music: Path,
    tmp_path: Path,
    context: Context,
    database: Database,
) -> None:
    out = tmp_path / "our_holiday.mp4"
    words = (photos / "a.jpg", "--music", music, "--out", out, "--seconds", 3, "--add")
    status, output = compose_command(*words)
    assert status == 0
    assert "one photograph fills all 3 s" in output
    (added,) = ClipStore(database).all()
    assert f"clip approve {added.id}" in output
    assert (added.title, added.mood, added.approved) == ("our holiday", Mood.HAPPY, False)
    assert added.valence == pytest.approx(0.5, abs=0.05)
    assert added.arousal == pytest.approx(0.25, abs=0.05)
    # As it was made: nothing was converted a second time.
    assert added.sha256 == sha256_of(out)


def test_what_cannot_be_used_is_a_line_each_and_the_rest_goes_on(
    compose_command: Type, photos: Path, music: Path, tmp_path: Path
) -> None:
    photograph(photos / "d-pixel.png", (0, 0, 0), (1, 1))
    (photos / "e.jpg").write_bytes(b"no picture")
    whole = (photos / "a.jpg").read_bytes()
    (photos / "f.jpg").write_bytes(whole[: len(whole) // 2])
    # 20,000 x 10,000 by its header alone; it must be refused before it is decoded.
    huge = bytearray((photos / "b.png").read_bytes())
    huge[16:24] = (20_000).to_bytes(4, "big") + (10_000).to_bytes(4, "big")
    (photos / "g.png").write_bytes(huge)
    PillowImage.new("CMYK", (900, 700), (0, 255, 255, 0)).save(photos / "h-cmyk.jpg")
    photograph(photos / "i-clear.png", (0, 0, 255, 0))
    shutil.copy(HEIC, photos / "j.heic")
    (photos / "c.mp4").unlink()
    encode(music / "happy" / "a-short.wav", *tone(0, 2))

    out = tmp_path / "clip.mp4"
    words = ("--music", music, "--out", out, "--seconds", 3, "--mood", "angry", "--json")
    status, output = compose_command(photos, *words)

    assert status == 1
    assert output.endswith("4 of 9 files were not used")
    for said in (
        "d-pixel.png is only 1x1 pixels",
        "e.jpg is not a video",
        "f.jpg is damaged",
        "more than 100 megapixels",
        "a-short.wav lasts 2.0 s",
        "song.mp3 is happy, the nearest there is",
        "1 of 5 fit into 3 s",
    ):
        assert output.count(said) == 1, said
    assert probe(out).duration_s == pytest.approx(3, abs=0.05)


def test_silent_music_makes_a_silent_clip_and_says_so(
    compose_command: Type, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "quiet").mkdir()
    encode(tmp_path / "quiet" / "a.wav", "-f", "lavfi", "-i", "anullsrc=d=6")
    out = tmp_path / "clip.mp4"
    words = (photos / "a.jpg", "--music", tmp_path / "quiet", "--out", out, "--seconds", 3)
    status, output = compose_command(*words)
    assert status == 0
    assert "a.wav is silent" in output
    assert "so the clip is silent" in output
    assert not probe(out).has_audio


def test_without_librosa_and_font_upright_photographs_change_evenly_and_it_says_so(
    compose_command: Type, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "librosa", None)
    photographs = [
        photograph(tmp_path / f"{number}.jpg", colour, (400, 700))
        for number, colour in enumerate(((255, 255, 0), (200, 90, 30)))
    ]
    out = tmp_path / "clip.mp4"
    words = ("--music", music, "--out", out, "--seconds", 5, "--title", "봄 🌸", "--json")
    monkeypatch.setattr(title_font, "_EMOJI", str(tmp_path / "missing.ttf"))
    status, output = compose_command(*photographs, *words)
    assert status == 0
    assert "pip install librosa" in output
    assert "the title's emoji are left out" in output
    told = json.loads(output.splitlines()[-1])
    assert (told["size_px"], told["changes_on_beat"]) == ([360, 640], 0)
    assert told["views"][1]["from_s"] == pytest.approx(2.1, abs=0.01)
    # The cross-fade is over: the second photograph alone is seen.
    blue, _, red = frame(out, 3.5)[600, 180]
    assert (red, blue) == (pytest.approx(200, abs=12), pytest.approx(30, abs=12))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--out": "clip.avi"}, "an .mp4 file"),
        ({"--out": "nowhere/clip.mp4"}, "there is no folder"),
        ({"--out": "holiday/c.mp4"}, "one of the files it would be made of"),
        ({"--music": "holiday"}, "there is no music in"),
        ({"--music": "nowhere"}, "there is no folder"),
        ({"--mood": "hapy"}, "did you mean happy?"),
        ({"files": "empty"}, "there is no video or picture in"),
        ({"files": "holiday/missing.jpg"}, "No such file"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    compose_command: Type,
    photos: Path,
    music: Path,
    tmp_path: Path,
    changes: dict[str, str],
    said: str,
) -> None:
    (tmp_path / "empty").mkdir()
    values = {"files": "holiday", "--music": "music", "--out": "clip.mp4"} | changes
    before = sorted(tmp_path.rglob("*"))
    words: list[Any] = [tmp_path / values.pop("files")]
    for name, value in values.items():
        words += [name, value if name == "--mood" else tmp_path / value]
    status, output = compose_command(*words)
    assert status == 1
    assert said in output
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_is_said_and_the_old_clip_stays(
    compose_command: Type, photos: Path, music: Path, tmp_path: Path
) -> None:
    noise = np.random.default_rng(4).integers(0, 255, (400, 700, 3), np.uint8)
    cv2.imwrite(str(photos / "noise.png"), noise)
    # Too little for the picture made ready, for the music, and for the clip.
    cases = (("noise.png", 10_000), ("a.jpg", 50_000), ("noise.png", 2_100_000))
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        (disk / "clip.mp4").write_bytes(b"old")
        for photo, left_bytes in cases:
            (disk / "ballast").write_bytes(bytes(3 * 2**20 - 8192 - left_bytes))
            words = ("--music", music, "--out", disk / "clip.mp4", "--seconds", 3)
            status, output = compose_command(photos / photo, *words)
            assert status == 1
            assert f"the disk of {disk} is full" in output
            assert (disk / "clip.mp4").read_bytes() == b"old"
            assert sorted(each.name for each in disk.iterdir()) == ["ballast", "clip.mp4"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_interrupted_it_leaves_nothing_behind(photos: Path, music: Path, tmp_path: Path) -> None:
    shipped("picture_mood.onnx")
    folder = tmp_path / "out"
    folder.mkdir()
    words = ["compose", photos / "a.jpg", "--music", music, "--out", folder / "clip.mp4"]
    command = [sys.executable, "-m", "appliance.cli.main", "--state-dir", tmp_path / "state"]
    process = subprocess.Popen(
        [str(word) for word in (*command, "--config", "none", *words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    end_s = time.monotonic() + 60
    while not any(folder.glob(".*/clip.part")) and time.monotonic() < end_s:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, complaint
    assert "Traceback" not in complaint
    assert list(folder.iterdir()) == []
