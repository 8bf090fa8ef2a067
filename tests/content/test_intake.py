"""What people have becomes a clip that the panel plays, or is refused and leaves nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.content import intake as intake_module
from appliance.content.clip_folder import ClipFolder
from appliance.content.intake import Intake, IntakeRules, TakenFile
from appliance.content.media import probe, sha256_of
from appliance.content.panel_format import why_encode_sound, why_encode_video, why_rewrap
from appliance.domain import Clip
from appliance.errors import ContentError
from tests.content.odd_files import (
    FAST_START,
    H264,
    HEVC,
    VP9,
    encode,
    loudness_lufs,
    picture,
    streams,
    tone,
)
from tests.factories import a_clip

RULES = IntakeRules(still_s=1.0, reserve_bytes=0)
AAC = ("-c:a", "aac")


@pytest.fixture
def folder(tmp_path: Path) -> ClipFolder:
    return ClipFolder(tmp_path / "state" / "clips")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("video") / "good.mp4"
    return encode(out, *picture("160x90"), *H264, *FAST_START)


def names(folder: ClipFolder) -> set[str]:
    return {path.name for path in folder.path.iterdir()} if folder.path.exists() else set()


def take(folder: ClipFolder, source: Path, rules: IntakeRules = RULES) -> tuple[TakenFile, Path]:
    """Take a file in; the result is a clip that the panel plays, and the source is untouched."""
    before = source.read_bytes()
    with Intake(folder, rules, lambda sha256: None).taken_in(source) as taken:
        pass
    assert source.read_bytes() == before
    assert names(folder) == {taken.file, taken.thumbnail}
    path = folder.path / taken.file
    info = probe(path)
    assert (why_encode_video(info), why_encode_sound(info), why_rewrap(info, path)) == (None,) * 3
    assert taken.sha256 == sha256_of(path)
    assert taken.duration_s == pytest.approx(info.duration_s)
    return taken, path


def refused(folder: ClipFolder, source: Path, rules: IntakeRules = RULES) -> str:
    with (
        pytest.raises(ContentError) as raised,
        Intake(folder, rules, lambda sha256: None).taken_in(source),
    ):
        pytest.fail("it was taken in")
    assert names(folder) == set()
    assert "\n" not in str(raised.value)
    return str(raised.value)


# --- what is taken ------------------------------------------------------------------------


def test_a_file_the_panel_plays_is_copied_byte_by_byte(folder: ClipFolder, good: Path) -> None:
    taken, path = take(folder, good)
    assert (taken.changes, taken.original_sha256) == ((), None)
    assert path.read_bytes() == good.read_bytes()


def test_a_phones_turned_hevc_film_with_its_place(folder: ClipFolder, given: Path) -> None:
    """The stored frame is red in its upper left; turned, the red is elsewhere, and upright."""
    marked = ("-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=1,drawbox=0:0:60:60:red:fill")
    plain = encode(given / "plain.mov", *marked, *tone(-20), *HEVC, *AAC)
    location = ("-metadata", "comment=at +37.5665+126.9780")
    film = given / "IMG_0001.MOV"
    encode(film, "-i", str(plain), "-c", "copy", "-metadata:s:v", "rotate=90", *location)
    if probe(film).rotation == 0:
        # From version 6 on, ffmpeg takes the rotation as an input option instead.
        turned = ("-display_rotation:v:0", "90", "-i", str(plain), "-c", "copy", *location)
        encode(film, *turned)
    taken, path = take(folder, film)
    assert taken.changes[:2] == ("it holds hevc", "mov container")
    assert taken.original_sha256 == sha256_of(film)
    video = streams(path)["video"]
    assert (video["width"], video["height"]) == (180, 320)
    assert b"37.5665" in film.read_bytes()
    assert b"37.5665" not in path.read_bytes()
    frame = cv2.imread(str(folder.path / taken.thumbnail))
    assert frame is not None
    assert max(frame[10, -10, 2], frame[-10, 10, 2]) > 200


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sound.mkv", (*picture("160x90"), *tone(), *VP9, "-c:a", "libopus")),
        ("sound.webm", (*picture("160x90"), *tone(), *VP9, "-c:a", "libopus")),
        ("old.avi", (*picture("160x90"), *tone(), "-c:v", "mpeg4", "-c:a", "libmp3lame")),
        ("ten.mp4", (*picture("160x90"), *H264[:4], "-pix_fmt", "yuv420p10le")),
        ("fast.mp4", (*picture("160x90", 60), *H264)),
        ("lines.mp4", (*picture("160x96", 50), "-vf", "interlace", *H264, "-flags", "+ildct+ilme")),
        ("uneven.mov", (*picture("161x91"), "-c:v", "prores_ks")),
    ],
)
def test_other_films(
    folder: ClipFolder, given: Path, name: str, arguments: tuple[str, ...]
) -> None:
    taken, path = take(folder, encode(given / name, *arguments))
    assert taken.codec == "h264"
    assert taken.duration_s == pytest.approx(1.0, abs=0.15)
    found = streams(path)
    assert ("audio" in found) == ("sine" in " ".join(arguments))


@pytest.mark.parametrize(
    ("size", "shown"),
    [("2400x800", (1920, 640)), ("700x2100", (640, 1920)), ("1200x1200", (1080, 1080))],
)
def test_large_films_fit_the_panel_either_way_up(
    folder: ClipFolder, given: Path, size: str, shown: tuple[int, int]
) -> None:
    _, path = take(folder, encode(given / "large.mp4", *picture(size, 5, 0.6), *H264))
    video = streams(path)["video"]
    assert (video["width"], video["height"]) == shown


def test_another_container_is_changed_without_loss(folder: ClipFolder, given: Path) -> None:
    film = encode(given / "a.mkv", *picture("160x90"), *H264)
    taken, path = take(folder, film)
    assert taken.changes == ("matroska container",)
    command = ["ffmpeg", "-v", "error", "-i", "", "-c:v", "copy"]
    command += ["-bsf:v", "h264_mp4toannexb", "-f", "streamhash", "-"]
    hashes = []
    for each in (film, path):
        command[4] = str(each)
        hashes.append(subprocess.run(command, capture_output=True, check=True).stdout)
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("gain_db", [-20.0, 12.0])
def test_sound_comes_to_the_common_loudness_and_the_pictures_stay(
    folder: ClipFolder, given: Path, gain_db: float
) -> None:
    arguments = (*picture("160x90", 25, 4), *tone(gain_db, 4), *H264, *AAC, *FAST_START)
    film = encode(given / "film.mp4", *arguments)
    taken, path = take(folder, film)
    assert len(taken.changes) == 1
    assert taken.changes[0].startswith("loudness")
    assert loudness_lufs(path) == pytest.approx(-16, abs=1)
    assert streams(path)["video"]["extradata_size"] == streams(film)["video"]["extradata_size"]


def test_sound_that_is_right_or_silent_stays(folder: ClipFolder, given: Path) -> None:
    right = (*picture("160x90", 25, 3), *tone(5.8, 3), *H264, *AAC, *FAST_START)
    assert take(folder, encode(given / "right.mp4", *right))[0].changes == ()
    shutil.rmtree(folder.path)
    quiet = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo")
    silent = (*picture("160x90"), *quiet, "-t", "1", *H264, *AAC, *FAST_START)
    assert take(folder, encode(given / "silent.mp4", *silent))[0].changes == ()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_a_picture_is_shown_for_some_seconds(folder: ClipFolder, given: Path, suffix: str) -> None:
    still = np.zeros((300, 201, 3), np.uint8)
    still[:, :100] = (0, 0, 255)
    source = given / f"still %03d{suffix}"
    assert cv2.imwrite(str(source), still)
    taken, path = take(folder, source, IntakeRules(still_s=1.5, reserve_bytes=0))
    assert taken.duration_s == pytest.approx(1.5, abs=0.05)
    assert taken.changes == ("a picture, shown for 1.5 s",)
    found = cv2.VideoCapture(str(path)).read()[1]
    assert found.shape == (300, 200, 3)
    # The red is still red: no turned channels, no wrong colour matrix.
    assert np.allclose(found[150, 50], (0, 0, 255), atol=12)


@pytest.mark.parametrize(("frames", "expected_s"), [(1, 1.0), (3, 1.2), (15, 1.5)])
def test_a_gif_lasts_at_least_as_long_as_a_picture(
    folder: ClipFolder, given: Path, frames: int, expected_s: float
) -> None:
    gif = encode(given / "a.gif", *picture("64x64", 10, 2), "-frames:v", str(frames))
    taken, _ = take(folder, gif)
    assert taken.duration_s == pytest.approx(expected_s, abs=0.11)


@pytest.mark.parametrize("name", ["people-detection.gif", "again.mkv", "thanks.mkv"])
def test_real_files(folder: ClipFolder, test_data: Path, name: str) -> None:
    take(folder, test_data / "video" / name)


def test_the_work_is_told_stage_by_stage(folder: ClipFolder, given: Path) -> None:
    told: list[tuple[str, float]] = []
    film = encode(given / "a.mkv", *picture("160x90"), *tone(), *VP9, "-c:a", "libopus")
    report = lambda stage, share: told.append((stage, share))  # noqa: E731
    with Intake(folder, RULES, lambda sha256: None, report=report).taken_in(film):
        pass
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages == ["reading", "checking", "measuring the loudness", "converting"]
    assert all(0 <= share <= 1 for _, share in told)
    assert ("converting", pytest.approx(1, abs=0.1)) in told


# --- what is refused ----------------------------------------------------------------------


def test_damage_is_found_before_anything_is_written(
    folder: ClipFolder, good: Path, given: Path
) -> None:
    cut = given / "cut.mp4"
    cut.write_bytes(good.read_bytes()[:-2000])
    assert "cut.mp4 is damaged or cut short" in refused(folder, cut)
    half = given / "half.jpg"
    half.write_bytes(cv2.imencode(".jpg", np.zeros((99, 99, 3), np.uint8))[1].tobytes()[:-20])
    assert "half.jpg is damaged" in refused(folder, half)


def test_too_long_and_too_short(folder: ClipFolder, given: Path) -> None:
    ten_hours = ("-f", "lavfi", "-i", "testsrc=size=16x16:rate=1/60:duration=36000")
    long = encode(given / "night.mp4", *ten_hours, *H264)
    assert "lasts longer than 600 s" in refused(folder, long)
    # A recording that does not say how long it is.
    piped = given / "live.mkv"
    command = ["ffmpeg", "-v", "error", "-i", str(long), "-c", "copy", "-f", "matroska", "pipe:1"]
    piped.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    assert probe(piped).duration_s == 0
    assert "lasts longer than 600 s" in refused(folder, piped)
    blink = encode(given / "blink.mp4", *picture("64x64", 10, 0.2), *H264)
    assert "lasts 0.2 s" in refused(folder, blink)


def test_no_pictures_in_it(folder: ClipFolder, given: Path) -> None:
    song = encode(given / "song.m4a", *tone(), *AAC)
    assert "holds no video" in refused(folder, song)
    notes = given / "notes.mp4"
    notes.write_text("no film")
    assert "not a video" in refused(folder, notes)
    dot = given / "dot.png"
    cv2.imwrite(str(dot), np.zeros((4, 400, 3), np.uint8))
    assert "only 400x4 pixels" in refused(folder, dot)


@pytest.mark.parametrize("name", ["list.mp4", "list.m3u8", "list.gif", "list.jpg"])
def test_a_playlist_opens_nothing_else(
    folder: ClipFolder, good: Path, given: Path, name: str
) -> None:
    shutil.copy(good, given / "part.mp4")
    for text in (
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\npart.mp4\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile part.mp4\n",
    ):
        (given / name).write_text(text)
        assert "not a video" in refused(folder, given / name)


@pytest.mark.parametrize("name", ["-y.mov", "a'b$(x);&|.mov", "%d.mov", "http:x.mov", "벚꽃\n.mov"])
def test_any_name_is_only_a_name(
    folder: ClipFolder, given: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode(given / "plain.mov", *picture("64x64"), *H264)
    monkeypatch.chdir((given / "plain.mov").rename(given / name).parent)
    assert take(folder, Path(name))[0].changes == ("mov container",)


def test_a_twin_is_named_before_the_work_begins(
    folder: ClipFolder, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = encode(given / "a.mov", *picture("64x64"), *HEVC)
    original = sha256_of(film)
    twin: Clip = a_clip(7, title="Sea")
    monkeypatch.setattr(intake_module, "decode_check", lambda *_, **__: pytest.fail("worked"))
    intake = Intake(folder, RULES, lambda sha256: twin if sha256 == original else None)
    with (
        pytest.raises(ContentError, match=r"a\.mov is in the library already, as clip 7: Sea"),
        intake.taken_in(film),
    ):
        pass


@pytest.mark.parametrize(("name", "when"), [("a.mp4", "checking"), ("a.mkv", "converting")])
def test_a_file_that_changes_meanwhile_is_not_kept(
    folder: ClipFolder, good: Path, given: Path, name: str, when: str
) -> None:
    film = encode(given / name, "-i", str(good), "-c", "copy", *FAST_START)

    def write_on(stage: str, share: float) -> None:
        if stage == when:
            with film.open("ab") as file:
                file.write(b"more")

    intake = Intake(folder, RULES, lambda sha256: None, report=write_on)
    with pytest.raises(ContentError, match="changed while it was"), intake.taken_in(film):
        pass
    assert names(folder) == set()


@pytest.mark.parametrize("error", [ContentError("no row"), KeyboardInterrupt()])
def test_without_a_row_no_file_stays(folder: ClipFolder, good: Path, error: BaseException) -> None:
    def add_no_row() -> None:
        with Intake(folder, RULES, lambda sha256: None).taken_in(good) as taken:
            assert taken.file in names(folder)
            raise error

    with pytest.raises(type(error)):
        add_no_row()
    assert names(folder) == set()


def test_the_files_of_a_clip_that_another_process_added_stay(
    folder: ClipFolder, good: Path
) -> None:
    found: list[Clip] = []

    def come_second() -> None:
        find_twin = lambda sha256: found[0] if found else None  # noqa: E731
        with Intake(folder, RULES, find_twin).taken_in(good):
            found.append(a_clip())
            raise ContentError("the same clip is in the library already")

    with pytest.raises(ContentError):
        come_second()
    sha256 = sha256_of(good)
    assert names(folder) == {f"{sha256}.mp4", f"{sha256}.jpg"}


# --- a disk that is full ------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[ClipFolder]:
    """A disk of 2 MB with 400 KB free; only root can mount one."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    (path / "ballast").write_bytes(bytes(1_600_000))
    yield ClipFolder(path / "clips")
    subprocess.run(["umount", str(path)], check=True)


def test_room_is_asked_for_before_the_work(small_disk: ClipFolder, given: Path) -> None:
    film = encode(given / "a.mov", *picture("160x90", 10, 1), *HEVC)
    assert "not enough room" in refused(small_disk, film)


def test_a_conversion_takes_no_more_room_than_was_asked_for(
    folder: ClipFolder, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noise is the worst that can be encoded."""
    asked: list[int] = []
    monkeypatch.setattr(ClipFolder, "require_space", lambda *words: asked.append(words[1]))
    noise = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=3", "-vf", "noise=alls=100:allf=t")
    film = encode(given / "noise.avi", *noise, "-c:v", "mpeg4", "-q:v", "2")
    _, path = take(folder, film)
    assert asked[0] / 4 < path.stat().st_size < asked[0]


def test_a_disk_that_fills_up_meanwhile(
    small_disk: ClipFolder, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClipFolder, "require_space", lambda *_: None)
    noise = ("-f", "lavfi", "-i", "nullsrc=s=320x180:r=25:d=3,geq=random(1)*255:128:128")
    film = encode(given / "noise.mov", *noise, "-c:v", "mpeg4", "-q:v", "2")
    assert "the disk is full" in refused(small_disk, film)
    plain = encode(given / "noise.mp4", *noise, *H264, *FAST_START)
    assert "No space left on device" in refused(small_disk, plain)
