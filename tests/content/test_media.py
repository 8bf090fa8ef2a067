"""media.py on real files made by ffmpeg: what plays, what does not, and what is no video at all."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import cv2
import pytest

from appliance.content import media
from appliance.errors import ContentError

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None,
    reason="ffmpeg and ffprobe are not installed (apt-get install ffmpeg)",
)

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-profile:v", "high")


def encode(out: Path, *arguments: str) -> Path:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments, f"file:{out}"], check=True
    )
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def mp4(folder: Path) -> Path:
    arguments = (*PICTURE, *TONE, *H264, "-level", "4.0", "-c:a", "aac", "-movflags", "+faststart")
    return encode(folder / "good.mp4", *arguments)


def test_probe_reads_what_was_encoded(mp4: Path) -> None:
    info = media.probe(mp4)
    assert info == media.MediaInfo(
        container="mp4",
        video_codec="h264",
        profile=info.profile,
        level=40,
        pix_fmt="yuv420p",
        width_px=320,
        height_px=180,
        fps=25.0,
        duration_s=pytest.approx(2.0, abs=0.1),  # type: ignore[arg-type]
        has_audio=True,
        audio_codec="aac",
        rotation=0,
    )
    assert media.why_not_playable(info) is None
    media.decode_check(mp4)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("vp8.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus")),
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")),
        ("vp9.mp4", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")),
        ("song.mp4", (*H264, "-c:a", "libmp3lame")),
    ],
)
def test_other_playable_codecs(folder: Path, name: str, arguments: tuple[str, ...]) -> None:
    short = (*PICTURE, *TONE, "-t", "0.4", "-pix_fmt", "yuv420p", *arguments)
    path = encode(folder / name, *short)
    info = media.probe(path)
    assert info.container == path.suffix[1:]
    assert media.why_not_playable(info) is None


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("h.mp4", ("-c:v", "libx265", "-x265-params", "log-level=none"), "holds hevc"),
        ("ten.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p10le"), "profile High 10"),
        ("full.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv444p"), "profile High 4:4:4"),
        ("level.mp4", (*H264, "-level", "5.1"), "level 5.1"),
        ("a.mkv", (*H264,), "this one is matroska; ffmpeg -i FILE -c copy NEW.mp4"),
        ("a.mov", (*H264,), "this one is mov"),
        ("a.avi", ("-c:v", "mpeg4"), "this one is avi"),
        ("a.gif", (), "this one is gif"),
        ("sound.mp4", (*TONE, *H264, "-c:a", "ac3"), "holds ac3"),
    ],
)
def test_what_the_panel_cannot_play_is_named(
    folder: Path, name: str, arguments: tuple[str, ...], reason: str
) -> None:
    path = encode(folder / name, *PICTURE, "-t", "0.4", *arguments)
    said = media.why_not_playable(media.probe(path))
    assert said is not None
    assert reason in said
    assert "\n" not in said


def test_too_large_a_frame_and_a_missing_duration_are_named(mp4: Path) -> None:
    info = media.probe(mp4)
    large = dataclasses.replace(info, width_px=3840, height_px=2160)
    assert "3840x2160" in str(media.why_not_playable(large))
    endless = dataclasses.replace(info, duration_s=0.0)
    assert "duration" in str(media.why_not_playable(endless))


def test_rotation_is_clockwise_and_the_thumbnail_upright(folder: Path, tmp_path: Path) -> None:
    """The stored frame is red in its upper left; where the red ends up tells the turn."""
    marked = ("-f", "lavfi", "-i", "color=black:s=320x180:d=0.4,drawbox=0:0:60:60:red:fill")
    plain = encode(folder / "plain.mp4", *marked, *H264)
    turned = folder / "turned.mp4"
    encode(turned, "-i", str(plain), "-c", "copy", "-metadata:s:v", "rotate=90")
    if media.probe(turned).rotation == 0:
        # From version 6 on, ffmpeg takes the rotation as an input option instead.
        encode(turned, "-display_rotation:v:0", "90", "-i", str(plain), "-c", "copy")
    info = media.probe(turned)
    assert (info.width_px, info.height_px, info.display_size_px) == (320, 180, (180, 320))
    media.make_thumbnail(turned, tmp_path / "thumb.jpg", 180)
    picture = cv2.imread(str(tmp_path / "thumb.jpg"))
    assert picture is not None
    assert picture.shape == (320, 180, 3)
    red_corner = {90: picture[10, -10], 270: picture[-10, 10]}[info.rotation]
    assert red_corner[2] > 200


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file_probes_as_good_but_does_not_decode(
    mp4: Path, tmp_path: Path, share: float
) -> None:
    whole = mp4.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: int(len(whole) * share)])
    assert media.why_not_playable(media.probe(cut)) is None
    with pytest.raises(ContentError, match="damaged or cut short"):
        media.decode_check(cut)


def test_flipped_bytes_in_the_middle_do_not_decode(mp4: Path, tmp_path: Path) -> None:
    content = bytearray(mp4.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content)
    with pytest.raises(ContentError, match="damaged"):
        media.decode_check(broken)


def test_empty_missing_folder_pipe_and_text_are_refused_in_one_line(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    text = tmp_path / "letter.mp4"
    text.write_text("Dear shop,\n" * 100, encoding="utf-8")
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    expected = {
        empty: "is empty",
        tmp_path / "absent.mp4": "No such file",
        tmp_path: "is a folder",
        pipe: "no regular file",
        text: "not a video",
        Path("bad\0name.mp4"): "null",
    }
    for path, reason in expected.items():
        for check in (media.probe, media.decode_check):
            with pytest.raises(ContentError) as raised:
                check(path)
            assert "\n" not in str(raised.value)
            assert "\0" not in str(raised.value)
        with pytest.raises(ContentError, match=reason):
            media.probe(path)


def test_playlists_open_nothing_else(mp4: Path, tmp_path: Path) -> None:
    """A playlist or concat script names other files; it must not be followed."""
    shutil.copy(mp4, tmp_path / "part.mp4")
    scripts = {
        "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\npart.mp4\n#EXT-X-ENDLIST\n",
        "list.txt": "ffconcat version 1.0\nfile part.mp4\n",
        "named-so.mp4": "ffconcat version 1.0\nfile part.mp4\n",
        "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    }
    for name, content in scripts.items():
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        for check in (media.probe, media.decode_check):
            with pytest.raises(ContentError):
                check(path)


def test_sound_alone_is_no_video_even_with_a_cover_picture(mp4: Path, folder: Path) -> None:
    cover = encode(folder / "cover.jpg", "-i", str(mp4), "-frames:v", "1")
    arguments = (*TONE, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "mjpeg")
    song = encode(folder / "song.m4a", *arguments, "-disposition:v", "attached_pic", "-f", "mp4")
    with pytest.raises(ContentError, match="holds no video"):
        media.probe(song)


@pytest.mark.parametrize(
    "name",
    ["-i.mp4", "-version", "two words %03d.mp4", "a'b\"$(x);&.mp4", "http:x.mp4", "벚꽃.mp4"],
)
def test_any_file_name_is_only_a_name(
    mp4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shutil.copy(mp4, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    assert media.probe(path).width_px == 320
    media.decode_check(path)
    media.make_thumbnail(path, tmp_path / "out.jpg", 64)
    assert (tmp_path / "out.jpg").is_file()


def test_a_line_break_in_the_name_stays_out_of_the_message(tmp_path: Path) -> None:
    odd = tmp_path / "a\nb\udcff.mp4"
    odd.write_bytes(b"nothing")
    with pytest.raises(ContentError) as raised:
        media.probe(odd)
    assert "\n" not in str(raised.value)
    str(raised.value).encode("utf-8")


def test_thumbnail_is_a_jpeg_of_the_asked_width_and_the_clips_shape(
    mp4: Path, tmp_path: Path
) -> None:
    out = tmp_path / "thumb.jpg"
    media.make_thumbnail(mp4, out, 160)
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (90, 160, 3)
    assert picture.std() > 20
    assert [path.name for path in tmp_path.iterdir()] == ["thumb.jpg"]


def test_thumbnail_into_a_missing_folder_is_one_line(mp4: Path, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be written"):
        media.make_thumbnail(mp4, tmp_path / "absent" / "thumb.jpg", 160)


def test_missing_ffmpeg_says_what_to_install(
    mp4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for check in (media.probe, media.decode_check):
        with pytest.raises(ContentError, match="apt-get install ffmpeg"):
            check(mp4)


def test_a_decode_that_takes_too_long_is_given_up(mp4: Path) -> None:
    with pytest.raises(ContentError, match="did not finish"):
        media.decode_check(mp4, timeout_s=0.001)


def test_sha256_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(b"maum" * 100_000)
    assert media.sha256_of(path) == hashlib.sha256(b"maum" * 100_000).hexdigest()
    with pytest.raises(ContentError, match="cannot be read"):
        media.sha256_of(tmp_path / "absent")
