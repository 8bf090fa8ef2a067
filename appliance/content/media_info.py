"""What a video file says about itself, and whether the panel's browser can play that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_VIDEO_CODECS: Final[Mapping[str, frozenset[str]]] = {
    "mp4": frozenset({"h264", "vp9", "av1"}),
    "webm": frozenset({"vp8", "vp9", "av1"}),
}
_AUDIO_CODECS: Final[Mapping[str, frozenset[str]]] = {
    "mp4": frozenset({"aac", "opus", "mp3"}),
    "webm": frozenset({"opus", "vorbis"}),
}
_H264_PROFILES: Final = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})
_H264_MAX_LEVEL: Final = 42
# The frame size of H.264 level 4.2 (ITU-T H.264 table A-1: 8704 macroblocks of 16x16 pixels),
# asked of every codec: more is beyond a Raspberry Pi's decoder.
_MAX_FRAME_PIXELS: Final = 8704 * 16 * 16
# Full-range yuvj420p is the same layout; browsers play both.
_PIX_FMTS: Final = frozenset({"yuv420p", "yuvj420p"})


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a video file says about itself.

    `container` is mp4, mov, webm, matroska or ffprobe's own word for anything else;
    `width_px` and `height_px` are the stored frame's, before `rotation` (clockwise, in degrees:
    0, 90, 180 or 270); `level` is 10 times the written level for H.264 (42 means 4.2);
    `fps` and `duration_s` are 0.0 where the file does not state them; text is "" where absent.
    """

    container: str
    video_codec: str
    profile: str
    level: int
    pix_fmt: str
    width_px: int
    height_px: int
    fps: float
    duration_s: float
    has_audio: bool
    audio_codec: str
    rotation: int

    @property
    def display_size_px(self) -> tuple[int, int]:
        """Width and height as shown, after rotation."""
        if self.rotation in (90, 270):
            return self.height_px, self.width_px
        return self.width_px, self.height_px


def why_not_playable(info: MediaInfo) -> str | None:
    """The reason, in one line, why the panel's browser cannot play the file; None when it can.

    The panel is Debian's Chromium on a Raspberry Pi: MP4 with H.264 up to High profile, level
    4.2, VP9 or AV1, or WebM with VP8, VP9 or AV1; 8-bit 4:2:0 pictures of at most 1920x1080;
    AAC, Opus, MP3 (MP4), Vorbis (WebM) or no sound.
    """
    accepted = _VIDEO_CODECS.get(info.container)
    if accepted is None:
        hint = ""
        if info.container in ("mov", "matroska") and info.video_codec == "h264":
            hint = "; ffmpeg -i FILE -c copy NEW.mp4 changes that without loss"
        return f"the panel plays MP4 and WebM files, this one is {info.container}{hint}"
    if info.video_codec not in accepted:
        names = ", ".join(sorted(accepted))
        return (
            f"the panel plays {names} video in {info.container}, this file holds"
            f" {info.video_codec or 'an unknown codec'}"
        )
    if info.video_codec == "h264" and info.profile not in _H264_PROFILES:
        return f"H.264 profile {info.profile or 'unknown'} does not play; High is the most"
    if info.video_codec == "h264" and info.level > _H264_MAX_LEVEL:
        return f"H.264 level {info.level / 10:.1f} does not play; 4.2 is the most"
    if info.pix_fmt not in _PIX_FMTS:
        return f"pixel format {info.pix_fmt or 'unknown'} does not play; it must be 8-bit yuv420p"
    if info.width_px * info.height_px > _MAX_FRAME_PIXELS:
        return f"{info.width_px}x{info.height_px} is too large; 1920x1080 is the most"
    if info.has_audio and info.audio_codec not in _AUDIO_CODECS[info.container]:
        names = ", ".join(sorted(_AUDIO_CODECS[info.container]))
        return (
            f"the panel plays {names} sound in {info.container}, this file holds"
            f" {info.audio_codec or 'an unknown codec'}"
        )
    if info.duration_s <= 0.0:
        return "the file states no duration; write it anew with ffmpeg -i FILE -c copy NEW"
    return None


def info_from_report(report: object, file_start: bytes) -> MediaInfo | None:
    """Read ffprobe's JSON report (`-show_format -show_streams`); None when it names no video.

    `file_start` is the file's first 64 bytes, which tell WebM from Matroska.
    """
    report = _mapping(report)
    streams = [_mapping(stream) for stream in _sequence(report.get("streams"))]
    videos = [
        stream
        for stream in streams
        if stream.get("codec_type") == "video"
        and _number(_mapping(stream.get("disposition")).get("attached_pic")) == 0
    ]
    audios = [stream for stream in streams if stream.get("codec_type") == "audio"]
    if not videos:
        return None
    video = videos[0]
    form = _mapping(report.get("format"))
    return MediaInfo(
        container=_container(form, file_start),
        video_codec=_text(video.get("codec_name")),
        profile=_text(video.get("profile")),
        level=int(_number(video.get("level"))),
        pix_fmt=_text(video.get("pix_fmt")),
        width_px=int(_number(video.get("width"))),
        height_px=int(_number(video.get("height"))),
        fps=_number(video.get("avg_frame_rate")) or _number(video.get("r_frame_rate")),
        duration_s=_number(form.get("duration")) or _number(video.get("duration")),
        has_audio=bool(audios),
        audio_codec=_text(audios[0].get("codec_name")) if audios else "",
        rotation=_rotation(video),
    )


def _container(form: Mapping[str, object], file_start: bytes) -> str:
    """One word for the container: ffprobe names MP4 with MOV and WebM with Matroska alike."""
    names = _text(form.get("format_name")).split(",")
    if "mp4" in names:
        brand = _text(_mapping(form.get("tags")).get("major_brand"))
        return "mov" if brand.strip() in ("", "qt") else "mp4"
    if "webm" in names:
        # The EBML header, with the document type, comes before anything else.
        return "webm" if b"webm" in file_start else "matroska"
    return names[0]


def _rotation(video: Mapping[str, object]) -> int:
    for side_data in _sequence(video.get("side_data_list")):
        # ffprobe counts counter-clockwise, people and MediaInfo clockwise.
        counter_clockwise = _number(_mapping(side_data).get("rotation"))
        if counter_clockwise:
            return round(-counter_clockwise / 90.0) * 90 % 360
    return round(_number(_mapping(video.get("tags")).get("rotate")) / 90.0) * 90 % 360


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float:
    """A number of ffprobe's report: a number, "12.5" or "30000/1001"; 0.0 for anything else."""
    above, _, below = str(value).partition("/")
    try:
        number = float(above) / float(below or "1")
    except (ValueError, ZeroDivisionError):
        return 0.0
    return number if abs(number) < 1e12 else 0.0
