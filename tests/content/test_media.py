"""media.py on real files made by ffmpeg: what they are, what is damaged, what is no video."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import cv2
import pytest

from appliance.content import media
from appliance.content.thumbnail import make_thumbnail
from appliance.content.tool_runner import Position
from appliance.errors import ContentError
from tests.content.odd_files import H264, HEVC, encode, picture, tone

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None,
    reason="ffmpeg and ffprobe are not installed (apt-get install ffmpeg)",
)

PICTURE = picture(duration_s=2)
TONE = tone(duration_s=2)


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
        picture_s=pytest.approx(2.0, abs=0.05),  # type: ignore[arg-type]
    )


def test_decoding_tells_how_much_there_is(mp4: Path) -> None:
    seen: list[Position] = []
    end = media.decode_check(mp4, report=seen.append)
    assert end.frames == 50
    assert end.time_s == pytest.approx(2.0, abs=0.1)
    assert end.damaged == 0
    assert (seen[-1].frames, seen[-1].time_s) == (end.frames, end.time_s)


def test_nothing_beyond_the_longest_clip_is_decoded(folder: Path) -> None:
    """A live recording states no duration; what it really holds shows only here."""
    long = encode(folder / "long.mp4", *picture("64x64", 1, 40), *H264)
    piped = folder / "live.mkv"
    command = ["ffmpeg", "-v", "error", "-i", str(long), "-c", "copy", "-f", "matroska", "pipe:1"]
    piped.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    assert media.probe(piped).duration_s == 0.0
    assert 10 < media.decode_check(piped, max_duration_s=10).time_s < 13


def test_sound_beside_no_frames_is_refused(folder: Path) -> None:
    """The headers promise pictures; there are none."""
    bare = folder / "bare.avi"
    encode(bare, *picture(), *tone(), "-frames:v", "1", "-c:v", "mjpeg", "-c:a", "pcm_s16le")
    content = bare.read_bytes()
    assert media.probe(bare).video_codec == "mjpeg"
    bare.write_bytes(content.replace(b"00dc", b"JUNK"))
    with pytest.raises(ContentError, match=r"holds no (frames|video)|damaged"):
        media.decode_check(bare)


def test_interlaced_and_high_range_films_are_known(folder: Path) -> None:
    fields = (*picture("64x64", 50, 0.4), "-vf", "interlace", *H264, "-flags", "+ildct+ilme")
    film = media.probe(encode(folder / "fields.mp4", *fields))
    assert (film.is_interlaced, film.is_hdr) == (True, False)
    hlg = "log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    phone = (*picture("64x64", 25, 0.4), *HEVC[:-1], hlg, "-pix_fmt", "yuv420p10le")
    film = media.probe(encode(folder / "hlg.mov", *phone))
    assert (film.is_interlaced, film.is_hdr) == (False, True)


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
    make_thumbnail(turned, tmp_path / "thumb.jpg", 180)
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
    assert media.probe(cut) == media.probe(mp4)
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
    make_thumbnail(path, tmp_path / "out.jpg", 64)
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
    make_thumbnail(mp4, out, 160)
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (90, 160, 3)
    assert picture.std() > 20
    assert [path.name for path in tmp_path.iterdir()] == ["thumb.jpg"]


def test_thumbnail_into_a_missing_folder_is_one_line(mp4: Path, tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be written"):
        make_thumbnail(mp4, tmp_path / "absent" / "thumb.jpg", 160)


def test_missing_ffmpeg_says_what_to_install(
    mp4: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for check in (media.probe, media.decode_check):
        with pytest.raises(ContentError, match="apt-get install ffmpeg"):
            check(mp4)


def test_sha256_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(b"maum" * 100_000)
    assert media.sha256_of(path) == hashlib.sha256(b"maum" * 100_000).hexdigest()
    with pytest.raises(ContentError, match="cannot be read"):
        media.sha256_of(tmp_path / "absent")
