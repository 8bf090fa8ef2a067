"""Films as people have them: several sounds, holes, fields, oblong pixels, glass, tags of cameras.

Inputs are made by ffmpeg (5.1 and 7.1 behave alike in all of this)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from appliance.cli.commands import appliance
from appliance.cli.media_files import MediaFiles
from appliance.cli.picture_reading import find_pictures
from appliance.content.clip_folder import ClipFolder
from appliance.content.clip_seconds import seconds_of
from appliance.content.contact_sheet import make_contact_sheet
from appliance.content.intake import Intake, IntakeRules, TakenFile
from appliance.content.media import probe
from appliance.content.media_suffixes import stands_beside
from appliance.content.panel_format import why_rewrap
from appliance.daemon.drop_folder import DropFolder
from appliance.errors import ContentError
from tests.content.odd_files import encode, loudness_lufs

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
RULES = IntakeRules(still_s=1.0, reserve_bytes=0)


def pattern(seconds: float = 3.0, size: str = "320x180") -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}"]


def tone(seconds: float, filters: str = "") -> list[str]:
    source = f"sine=frequency=880:duration={seconds}" + (f",{filters}" if filters else "")
    return ["-f", "lavfi", "-i", source]


def take(tmp_path: Path, source: Path) -> tuple[TakenFile, Path]:
    folder = ClipFolder(tmp_path / "state" / "clips")
    with Intake(folder, RULES, lambda sha256: None).taken_in(source) as taken:
        pass
    return taken, folder.path / taken.file


def silences(path: Path) -> list[tuple[float, float]]:
    """Where nothing is heard for half a second, on the film's own clock."""
    command = ["ffmpeg", "-v", "info", "-nostdin", "-i", path, "-map", "0:a"]
    command += ["-af", "aresample=async=1:first_pts=0,silencedetect=n=-50dB:d=0.5"]
    said = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, text=True, check=True
    ).stderr
    words = [
        line.split("silence_")[1].split("|")[0] for line in said.splitlines() if "silence_" in line
    ]
    times = [float(word.split(":")[1]) for word in words]
    return list(zip(times[::2], times[1::2], strict=True))


# --- sound --------------------------------------------------------------------------------


@pytest.fixture
def two_sounds(tmp_path: Path) -> Path:
    """The first is silence, the second is what the film calls its default."""
    return encode(
        tmp_path / "two.mkv",
        *pattern(), "-f", "lavfi", "-i", "anullsrc=d=3", *tone(3),
        *("-map", "0", "-map", "1", "-map", "2", *H264, "-c:a", "aac"),
        *("-disposition:a:0", "0", "-disposition:a:1", "default"),
    )  # fmt: skip


def test_the_default_sound_is_heard_not_the_first(tmp_path: Path, two_sounds: Path) -> None:
    assert probe(two_sounds).sound_track == 1
    _, clip = take(tmp_path, two_sounds)
    assert loudness_lufs(clip) == pytest.approx(-16.0, abs=1.5)


def test_what_a_clip_sounds_like_is_told_of_its_default_sound(two_sounds: Path) -> None:
    assert all(second.zero_crossings is not None for second in seconds_of(two_sounds)[:2])


def test_a_hole_in_the_sound_keeps_its_length(tmp_path: Path) -> None:
    """loudnorm counts samples and closes holes; what follows would come four seconds early."""
    source = encode(
        tmp_path / "hole.mkv",
        *pattern(8), *tone(8, "aselect='lt(t,2)+gte(t,6)'"),
        *("-map", "0:v", "-map", "1:a", *H264, "-c:a", "libopus"),
    )  # fmt: skip
    _, clip = take(tmp_path, source)
    ((begins, ends),) = silences(clip)
    assert begins == pytest.approx(2.0, abs=0.15)
    assert ends == pytest.approx(6.0, abs=0.15)


def test_sound_that_begins_late_stays_late(tmp_path: Path) -> None:
    source = encode(
        tmp_path / "late.mkv",
        *pattern(4), "-itsoffset", "2", *tone(2),
        *("-map", "0:v", "-map", "1:a", *H264, "-c:a", "libopus"),
    )  # fmt: skip
    _, clip = take(tmp_path, source)
    assert silences(clip)[0] == (pytest.approx(0.0, abs=0.1), pytest.approx(2.0, abs=0.15))


def test_sound_ends_with_the_pictures_and_it_is_said(tmp_path: Path) -> None:
    source = encode(tmp_path / "long.mp4", *pattern(2), *tone(6), *H264, "-c:a", "aac")
    taken, clip = take(tmp_path, source)
    assert taken.duration_s == pytest.approx(2.0, abs=0.2)
    assert any("sound ends with its pictures, after 2.0 s" in change for change in taken.changes)
    assert probe(clip).has_audio


# --- pictures -----------------------------------------------------------------------------


def a_circle(path: Path, size: str, aspect: str, *encoder: str, filters: str = "") -> Path:
    """A white circle of 200 px as shown at 16:9, in pixels that are not square."""
    circle = "geq=lum='if(lte(hypot(X-480,Y-270),100),235,40)':cb=128:cr=128"
    chain = f"{circle},scale={size.replace('x', ':')},setsar={aspect}{filters}"
    return encode(
        path,
        "-f",
        "lavfi",
        "-i",
        "color=black:size=960x540:rate=25:duration=1",
        "-vf",
        chain,
        *encoder,
    )


def shape(picture: np.ndarray) -> float:
    """Width of the largest bright part over its height."""
    bright = (cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) > 150).astype(np.uint8)
    _, _, parts, _ = cv2.connectedComponentsWithStats(bright)
    _, _, wide, high, _ = parts[1 + parts[1:, cv2.CC_STAT_AREA].argmax()]
    return float(wide / high)


def first_frame(path: Path) -> np.ndarray:
    ok, frame = cv2.VideoCapture(str(path)).read()
    assert ok
    return frame


@pytest.mark.parametrize(
    ("name", "size", "aspect", "encoder"),
    [
        ("dv.avi", "720x576", "64/45", ("-c:v", "dvvideo", "-pix_fmt", "yuv420p")),
        ("dvd.mpg", "720x576", "64/45", ("-c:v", "mpeg2video", "-b:v", "6M")),
        ("avchd.mts", "1440x1080", "4/3", H264),
    ],
)
def test_oblong_pixels_come_out_square(
    tmp_path: Path, name: str, size: str, aspect: str, encoder: tuple[str, ...]
) -> None:
    source = a_circle(tmp_path / name, size, aspect, *encoder)
    wide, high = probe(source).display_size_px
    assert wide / high == pytest.approx(16 / 9, rel=0.01)
    _, clip = take(tmp_path, source)
    assert shape(first_frame(clip)) == pytest.approx(1.0, abs=0.03)


def test_fields_are_seen_in_the_frames_where_the_stream_says_nothing(tmp_path: Path) -> None:
    """DV: ffprobe states no field_order, its frames are interlaced."""
    source = a_circle(
        tmp_path / "dv.avi", "720x576", "64/45", "-c:v", "dvvideo", "-pix_fmt", "yuv420p",
        "-flags", "+ildct",
    )  # fmt: skip
    assert probe(source).is_interlaced
    taken, _ = take(tmp_path, source)
    assert taken.changes


def test_fields_are_seen_where_the_sound_begins_first(tmp_path: Path) -> None:
    """ffprobe counts the packets of all streams; the first ones are sound here."""
    source = encode(
        tmp_path / "late.mkv",
        *("-itsoffset", "1", *pattern(1, "720x576")), *tone(2),
        *("-map", "0", "-map", "1", "-c:v", "dvvideo", "-pix_fmt", "yuv420p"),
        *("-flags", "+ildct", "-c:a", "pcm_s16le"),
    )  # fmt: skip
    assert probe(source).is_interlaced


def test_transparent_films_stand_on_white_like_photographs(tmp_path: Path) -> None:
    """VP9 with transparency: ffmpeg's own decoder leaves it out and shows hidden red."""
    source = encode(
        tmp_path / "glass.webm",
        *("-f", "lavfi", "-i", "color=red:size=160x120:rate=10:duration=1,format=yuva420p"),
        *("-vf", "geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='if(lt(X,80),255,0)'"),
        *("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0"),
    )
    assert probe(source).has_alpha
    _, clip = take(tmp_path, source)
    frame = first_frame(clip)
    blue, green, red = frame[60, 120]
    assert min(blue, green, red) > 235
    blue, green, red = frame[60, 30]
    assert red > 200
    assert max(blue, green) < 60


def test_a_contact_sheet_shows_square_pixels(tmp_path: Path) -> None:
    source = a_circle(tmp_path / "dvd.mpg", "720x576", "64/45", "-c:v", "mpeg2video", "-b:v", "6M")
    sheet = tmp_path / "sheet.png"
    make_contact_sheet(source, sheet)
    assert shape(cv2.imread(str(sheet))) == pytest.approx(1.0, abs=0.06)


# --- damage -------------------------------------------------------------------------------


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """A recording from the air, whole."""
    return encode(tmp_path / "a.ts", *pattern(6), *tone(6), *H264, "-g", "50", "-c:a", "aac")


def test_one_lost_packet_is_mended_and_said(tmp_path: Path, stream: Path) -> None:
    data = stream.read_bytes()
    # One of the pictures' own packets (ffmpeg numbers them 0x100), from the middle of a frame.
    lost_at = next(
        at
        for at in range(len(data) // 376 * 188, len(data), 188)
        if data[at + 1 : at + 3] == b"\x01\x00"
    )
    lost = tmp_path / "lost.ts"
    lost.write_bytes(data[:lost_at] + data[lost_at + 188 :])
    taken, clip = take(tmp_path, lost)
    assert taken.changes[0] == "damaged in few places"
    assert probe(clip).picture_s == pytest.approx(6.0, abs=0.2)


def test_joined_streams_are_taken_whole(tmp_path: Path, stream: Path) -> None:
    joined = tmp_path / "joined.ts"
    joined.write_bytes(stream.read_bytes() * 2)
    _, clip = take(tmp_path, joined)
    assert probe(clip).picture_s == pytest.approx(12.0, abs=0.4)


def test_a_film_with_many_damaged_places_is_refused(tmp_path: Path, stream: Path) -> None:
    data = bytearray(stream.read_bytes())
    for place in range(188 * 20, len(data), 188 * 12):
        data[place : place + 188] = b""
    broken = tmp_path / "broken.ts"
    broken.write_bytes(bytes(data))
    with pytest.raises(ContentError, match="damaged or cut short"):
        take(tmp_path, broken)


@pytest.mark.parametrize("missing", [200, 3000])
def test_a_truncated_film_is_refused(tmp_path: Path, missing: int) -> None:
    source = encode(tmp_path / "a.mp4", *pattern(6), *H264, "-movflags", "+faststart")
    source.write_bytes(source.read_bytes()[:-missing])
    with pytest.raises(ContentError, match="damaged or cut short"):
        take(tmp_path, source)


# --- what cameras write beside the pictures --------------------------------------------------


PLACE = "+37.5000+127.0000/"


@pytest.mark.parametrize(
    "tags",
    [
        ["-movflags", "+faststart+use_metadata_tags", "-metadata", f"location={PLACE}"],
        ["-movflags", "+faststart", "-metadata", f"location={PLACE}"],
        ["-movflags", "+faststart", "-metadata", "creation_time=2026-11-30T10:00:00Z"],
        ["-movflags", "+faststart", "-metadata:s:v", "handler_name=Example Cam 4"],
    ],
)
def test_a_film_that_plays_as_it_is_loses_place_device_and_day(
    tmp_path: Path, tags: list[str]
) -> None:
    source = encode(tmp_path / "place.mp4", *pattern(1), *H264, *tags)
    taken, clip = take(tmp_path, source)
    assert taken.changes == ("it says more than pictures and sound",)
    report = json.loads(
        subprocess.run(
            ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", clip],
            capture_output=True,
            check=True,
        ).stdout
    )
    kept = {
        name for each in (report["format"], *report["streams"]) for name in each.get("tags", {})
    }
    assert not {"location", "creation_time", "make", "model"} & kept
    assert b"Example Cam" not in clip.read_bytes()
    assert PLACE.encode() not in clip.read_bytes()
    assert why_rewrap(probe(clip), clip) is None


@pytest.mark.parametrize("kind", [b"uuid", b"GPMF"])
def test_boxes_of_a_cameras_own_are_left_out(tmp_path: Path, kind: bytes) -> None:
    source = encode(tmp_path / "own.mp4", *pattern(1), *H264, "-movflags", "+faststart")
    words = b"place 37.5 127.0"
    with source.open("ab") as file:
        file.write((8 + len(words)).to_bytes(4, "big") + kind + words)
    _, clip = take(tmp_path, source)
    assert words not in clip.read_bytes()


# --- folders of cameras and network disks ------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "is_beside"),
    [
        ("DCIM/100GOPRO/GX010001.MP4", False),
        ("DCIM/100GOPRO/GL010001.LRV", True),
        ("DCIM/100GOPRO/GX010001.THM", True),
        ("DCIM/100MEDIA/DJI_0001.LRF", True),
        ("@Recycle/old.mp4", True),
        ("Proxy/A001.mov", True),
        ("@eaDir/SYNOPHOTO_THUMB_M.jpg", True),
        ("photos/Thumbs.db", True),
        ("photos/._IMG_0001.jpg", True),
        (".thumbnails/1.jpg", True),
        ("PRIVATE/M4ROOT/SUB/C0001S03.MP4", True),
        ("PRIVATE/M4ROOT/CLIP/C0001.MP4", False),
        ("sub/holiday.mp4", False),
        ("IMG_0002.AAE", True),
    ],
)
def test_what_cameras_and_disks_put_beside_films_is_no_clip(place: str, is_beside: bool) -> None:
    assert stands_beside(Path(place)) is is_beside


def test_a_folder_is_gone_through_by_content_and_what_is_left_out_is_named(tmp_path: Path) -> None:
    film = encode(tmp_path / "a.mp4", *pattern(1), *H264)
    (tmp_path / "b.jfif").write_bytes(_jpeg())
    (tmp_path / "c.nothing").write_bytes(_jpeg())
    film.rename(tmp_path / "d")
    encode(tmp_path / "e.dat", *pattern(1), *H264, "-f", "mpegts")
    (tmp_path / "notes.txt").write_text("a letter")
    (tmp_path / "GL1.LRV").write_bytes(b"preview")
    files = MediaFiles((tmp_path,), "nothing was added")
    assert [path.name for path in files] == ["b.jfif", "c.nothing", "d", "e.dat"]
    assert files.left_out == "left out: 1 .lrv, 1 .txt"


def test_music_in_a_folder_is_no_film_that_failed(tmp_path: Path) -> None:
    """Sound lies in MP4, Matroska and Ogg too; without a suffix the brand says so (ffmpeg)."""
    encode(tmp_path / "a.mp4", *pattern(1), *H264)
    for name in ("b.m4a", "c.opus", "d.mka"):
        encode(tmp_path / name, *tone(1))
    (tmp_path / "b.m4a").rename(tmp_path / "e.bin")
    files = MediaFiles((tmp_path,), "nothing was added")
    assert [path.name for path in files] == ["a.mp4"]
    assert files.left_out == "left out: 1 .bin, 1 .mka, 1 .opus"


def test_pictures_of_a_folder_are_found_by_content_without_thumbnails(tmp_path: Path) -> None:
    for name in ("@eaDir/thumb.jpg", "._b.jpg", "b.jpg", "c", "d.thm", "e.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(_jpeg())
    assert list(find_pictures([tmp_path])) == [tmp_path / "b.jpg", tmp_path / "c"]


def _jpeg() -> bytes:
    ok, data = cv2.imencode(".jpg", np.full((20, 20, 3), 90, np.uint8))
    assert ok
    return data.tobytes()


def test_a_dropped_card_leaves_previews_and_notes_alone(tmp_path: Path) -> None:
    drop = DropFolder(tmp_path)
    card = tmp_path / "healing" / "DCIM"
    card.mkdir(parents=True)
    for name in ("GX1.MP4", "GL1.LRV", "GX1.THM", "Thumbs.db"):
        (card / name).write_bytes(b"x")
    assert [path.name for path in drop.waiting()] == ["GX1.MP4"]


def test_a_composed_film_from_a_transport_stream_has_its_pictures(tmp_path: Path) -> None:
    """ffmpeg 5.1 finds no picture between two key frames of a transport stream when it seeks."""
    film, music = tmp_path / "film", tmp_path / "music"
    film.mkdir()
    music.mkdir()
    encode(music / "a.flac", *tone(12))
    encode(film / "a.ts", *pattern(12, "640x360"), *H264, "-g", "500")
    out = tmp_path / "out.mp4"
    made = CliRunner().invoke(
        appliance,
        ["compose", str(film), "--music", str(music), "--out", str(out), "--seconds", "4"],
    )
    assert made.exit_code == 0, made.output
    info = probe(out)
    assert info.picture_s == pytest.approx(4.0, abs=0.2)
    frame = first_frame(out)
    assert frame.std() > 20
