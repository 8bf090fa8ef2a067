"""What a video file says about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Transfer functions of high dynamic range (ITU-R BT.2100), as phones record by default.
_HDR_TRANSFERS: Final = frozenset({"arib-std-b67", "smpte2084"})
# Primaries that a display of BT.709 has not: BT.2020, and P3 in its two forms.
_WIDE_PRIMARIES: Final = frozenset({"bt2020", "smpte431", "smpte432"})
_ALPHA: Final = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16", "pal8")
# What says nothing of place, person, device or day: ffmpeg's words for a container's own business.
_PLAIN_TAGS: Final = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "language", "duration"}
)
_PLAIN_HANDLERS: Final = frozenset({"", "VideoHandler", "SoundHandler"})
_RGB: Final = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8")


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
    is_interlaced: bool = False
    transfer: str = ""
    """ffmpeg's words for the curve, the primaries and the matrix of the colours."""
    primaries: str = ""
    matrix: str = ""
    is_dolby_alone: bool = False
    """Dolby Vision whose pictures no other decoder shows rightly (profile 5)."""
    pixel_aspect: float = 1.0
    """Width of a stored pixel over its height."""
    has_alpha: bool = False
    has_hidden_alpha: bool = False
    """Transparency that only another decoder than ffmpeg's own shows (VP8, VP9 in WebM)."""
    sound_track: int = 0
    """Of the audio streams the one that the file calls its default, else the first."""
    picture_s: float = 0.0
    """How long there are pictures; 0.0 where the file does not state it."""
    says_more: bool = False
    """It holds tags or tracks beside picture and sound: place, device, day, chapters, subtitles."""

    @property
    def is_hdr(self) -> bool:
        """High dynamic range."""
        return self.transfer in _HDR_TRANSFERS

    @property
    def is_wide(self) -> bool:
        """More colours than BT.709 holds, in whatever range."""
        return self.primaries in _WIDE_PRIMARIES

    @property
    def is_rgb(self) -> bool:
        """Stored as red, green and blue, not as brightness and colour."""
        return self.pix_fmt.startswith(_RGB)

    @property
    def display_size_px(self) -> tuple[int, int]:
        """Width and height as shown, in square pixels, after rotation."""
        width_px = round(self.width_px * self.pixel_aspect)
        if self.rotation in (90, 270):
            return self.height_px, width_px
        return width_px, self.height_px


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
    sound_track = default_of(audios)
    has_hidden_alpha = _number(_mapping(video.get("tags")).get("alpha_mode")) == 1
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
        audio_codec=_text(audios[sound_track].get("codec_name")) if audios else "",
        rotation=_rotation(video),
        is_interlaced=_is_interlaced(video, report),
        transfer=_stated(video, "color_transfer"),
        primaries=_stated(video, "color_primaries"),
        matrix=_stated(video, "color_space"),
        is_dolby_alone=_is_dolby_alone(video),
        pixel_aspect=_pixel_aspect(video),
        has_alpha=has_hidden_alpha or _text(video.get("pix_fmt")).startswith(_ALPHA),
        has_hidden_alpha=has_hidden_alpha,
        sound_track=sound_track,
        picture_s=_number(video.get("duration")),
        says_more=_says_more(form, streams),
    )


def default_of(audios: Sequence[Mapping[str, object]]) -> int:
    """Which of ffprobe's audio streams is heard.

    As a browser chooses: the first track that is enabled by default, else the first.
    """
    for number, audio in enumerate(audios):
        if _number(_mapping(audio.get("disposition")).get("default")):
            return number
    return 0


def _is_interlaced(video: Mapping[str, object], report: Mapping[str, object]) -> bool:
    """By the stream, or by its first frames: DV says it in these alone."""
    frames = [_mapping(frame) for frame in _sequence(report.get("frames"))]
    return _text(video.get("field_order")) in ("tt", "bb", "tb", "bt") or any(
        frame.get("media_type") == "video" and _number(frame.get("interlaced_frame"))
        for frame in frames
    )


def _pixel_aspect(video: Mapping[str, object]) -> float:
    aspect = _number(_text(video.get("sample_aspect_ratio")).replace(":", "/"))
    # Beyond that a file errs rather than its pixels are so wide.
    return aspect if 0.2 < aspect < 5.0 else 1.0


def _says_more(form: Mapping[str, object], streams: Sequence[Mapping[str, object]]) -> bool:
    tags = [_mapping(each.get("tags")) for each in (form, *streams)]
    more = {name for each in tags for name in each} - _PLAIN_TAGS - {"handler_name", "vendor_id"}
    handlers = {_text(each.get("handler_name")) for each in tags}
    kinds = [stream.get("codec_type") for stream in streams]
    return bool(
        more
        or handlers - _PLAIN_HANDLERS
        or sorted(map(str, kinds)) not in (["video"], ["audio", "video"])
    )


def _stated(video: Mapping[str, object], key: str) -> str:
    word = _text(video.get(key))
    return "" if word in ("unknown", "unspecified", "reserved") else word


def _is_dolby_alone(video: Mapping[str, object]) -> bool:
    """Its base layer is compatible with nothing (ETSI GS CCM 001: compatibility identifier 0)."""
    return any(
        _mapping(side_data).get("side_data_type") == "DOVI configuration record"
        and _mapping(side_data).get("dv_bl_signal_compatibility_id") == 0
        for side_data in _sequence(video.get("side_data_list"))
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
