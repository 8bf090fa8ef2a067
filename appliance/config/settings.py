"""Every setting: bounds, default and meaning; the table in README is made from here."""

from __future__ import annotations

import locale
from typing import Annotated, Literal

from pydantic import Field, HttpUrl, model_validator

from appliance.config.backup_settings import BackupSettings
from appliance.config.library_settings import LibrarySettings
from appliance.config.loop_settings import LoopSettings
from appliance.config.privacy_settings import PrivacySettings
from appliance.config.rating_settings import RatingSettings
from appliance.config.retention_settings import RetentionSettings
from appliance.config.rules_settings import Rules
from appliance.config.section import Port, Seconds, Section, Share
from appliance.config.surroundings_settings import SurroundingsSettings
from appliance.config.zone_settings import Zones
from appliance.domain import ClipKind

Language = Literal["ko", "en", "both"]


def default_language() -> Language:
    """Korean where the system's locale is Korean, else English."""
    name = locale.getlocale(locale.LC_CTYPE)[0] or ""
    return "ko" if name.lower().startswith(("ko", "korean")) else "en"


class PanelSettings(Section):
    """The page on the unit's own screen (loopback only)."""

    port: Port = Field(8080, description="Port of the panel page on 127.0.0.1; 0 takes a free one.")
    language: Language = Field(
        default_factory=default_language,
        description="`ko`, `en`, or `both` lines together; by default the system's locale.",
    )
    unit_name: str = Field(
        "Maum Signage", min_length=1, max_length=60, description="Name shown on trouble screens."
    )
    place: str = Field(
        "", max_length=60, description="Name of the place, shown on the healing screen."
    )
    stall_s: Seconds = Field(
        15, ge=3, le=120, description="Seconds without progress before the next clip is taken."
    )
    devtools_port: Port = Field(
        9222, description="Chromium's DevTools port, for `appliance screenshot`; 0: none."
    )


class PhoneSettings(Section):
    """The page behind the QR code, for passers-by's phones."""

    enabled: bool = Field(True, description="Serve the phone page.")
    host: str = Field(
        "::", description="Address the phone page listens on; `::`: all, `0.0.0.0`: all of IPv4."
    )
    port: Port = Field(8081, description="Port of the phone page; 0 takes a free one.")
    public_base_url: HttpUrl | None = Field(
        None, description="Address phones can reach; by default the unit's address in its network."
    )
    link_valid_s: Seconds = Field(
        3600, ge=60, description="Seconds after which the link in a QR code expires."
    )
    requests_per_minute: int = Field(
        60, ge=5, le=6000, description="Requests a minute from one phone before it must wait."
    )
    export_dir: str = Field(
        "", description="Folder to which the phone pages are exported each night; empty: none."
    )
    export_clips: bool = Field(False, description="Export the videos with the pages.")
    export_every_s: Seconds = Field(
        0, description="Seconds between two further exports by day; 0: only at night."
    )
    export_command: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), description="Command that runs after each export, as a list of words; no shell."
    )
    export_command_timeout_s: Seconds = Field(
        600, ge=1, description="Seconds after which that command is given up."
    )


class QrSettings(Section):
    """Where the QR code leads."""

    target: Literal["phone-page", "advertiser-link", "static-site"] = Field(
        "phone-page",
        description="`phone-page`; where no phone reaches it, `advertiser-link` or `static-site`.",
    )


class CameraSettings(Section):
    """Where frames come from."""

    source: str = Field(
        "auto",
        min_length=1,
        description="`auto`, `picamera2`, `builtin`, `/dev/videoN`, or a video, GIF or folder.",
    )
    rotate: Literal[0, 90, 180, 270] = Field(
        0, description="Degrees clockwise that turn the camera's picture upright."
    )
    mirror: bool = Field(False, description="Mirror the upright picture left to right.")
    width_px: int = Field(640, ge=160, le=1920, description="Frame width asked of the camera.")
    height_px: int = Field(480, ge=120, le=1080, description="Frame height asked of the camera.")
    fps: float = Field(8, ge=1, le=30, description="Frames a second while somebody is there.")
    idle_fps: float = Field(
        2.5, ge=0.5, le=30, description="Frames a second while nobody is there."
    )
    retry_s: Seconds = Field(
        2, ge=0.1, description="First wait before a lost camera is opened again; doubles each time."
    )
    retry_max_s: Seconds = Field(
        60, ge=1, description="Longest wait before a lost camera is opened again."
    )
    ignore_zones: Zones = Field(
        (), description="Polygons of the picture, as `[x, y]` in 0..1, in which faces are ignored."
    )


class ModelSettings(Section):
    """The networks; empty paths mean the installed ones, else the shipped ones."""

    detector: str = Field("", description="Path of a face detector (ONNX with its manifest).")
    emotion: str = Field("", description="Path of an emotion classifier (ONNX with its manifest).")
    mood: str = Field(
        "", description="Path of a network that tells pictures' moods (ONNX with its manifest)."
    )
    detector_size_px: Literal[320, 416] = Field(
        416, description="Input size of the shipped detector; 320 is faster and misses far faces."
    )
    threads: int = Field(2, ge=1, le=16, description="CPU threads of one inference.")
    max_ms: float = Field(
        1000,
        ge=1,
        le=20_000,
        description="Milliseconds that one network may take for one picture; slower is refused.",
    )
    face_confidence: Share | None = Field(
        None, description="Least confidence of a face; by default the manifest's."
    )
    abstain_below: Share | None = Field(
        None,
        description="Under this probability the unit abstains; by default the manifest's.",
    )


class AudienceSettings(Section):
    """When a face is a visitor and an expression is stable."""

    hold_s: Seconds = Field(
        1.0, ge=0.2, le=10, description="A face seen for less than this only passes by."
    )
    leave_after_s: Seconds = Field(
        2.0, ge=0.3, le=30, description="A visit ends when its leader is unseen for this long."
    )
    window_s: Seconds = Field(
        1.0, ge=0.3, le=10, description="Window over which an expression must be stable."
    )
    stable_share: Share = Field(
        0.6, ge=0.5, description="Share of the window that makes an expression the stable one."
    )
    release_share: Share = Field(
        0.35, le=0.5, description="Under this share the stable expression is given up."
    )
    lead_confidence: Share = Field(
        0.5, description="Confidence under which a face counts as a watcher but does not lead."
    )
    min_face_px: float = Field(
        40, ge=8, le=1000, description="Height in pixels under which a face does not lead."
    )
    fixture_after_s: Seconds = Field(
        180, ge=30, le=3600, description="A face that never moved for this long is a picture."
    )


class SessionSettings(Section):
    """The screens of a visit."""

    show_kinds: tuple[ClipKind, ...] = Field(
        (ClipKind.AD, ClipKind.HEALING),
        min_length=1,
        description="Kinds of clip that may be shown to a watcher.",
    )
    stable_timeout_s: Seconds = Field(
        3, description="Longest wait for a stable expression; then a clip is chosen without one."
    )
    show_timeout_s: Seconds = Field(
        60, ge=5, description="Longest time on the SHOW screen, whatever the clip's length."
    )
    rating_timeout_s: Seconds = Field(
        10, ge=2, le=120, description="Seconds the question waits for an answer."
    )
    thanks_s: Seconds = Field(
        1.5, le=10, description="Seconds that the thanks stay before the QR code."
    )
    qr_timeout_s: Seconds = Field(20, ge=2, le=300, description="Seconds the QR code stays.")
    again_after_s: Seconds = Field(
        60, description="Somebody who stays is not asked again before this."
    )


class LearningSettings(Section):
    """Choosing between clips: what is guessed at first, how it is acted upon and forgotten."""

    prior_strength: float = Field(
        5, gt=0, le=100, description="Answers that the prior weighs as much as."
    )
    prior_fits: Share = Field(
        0.5, gt=0, lt=1, description="Prior chance to be liked where the clip's target fits."
    )
    prior_untargeted: Share = Field(
        0.4, gt=0, lt=1, description="Prior chance to be liked for a clip without a target."
    )
    prior_other: Share = Field(
        0.3, gt=0, lt=1, description="Prior chance to be liked where the target is another."
    )
    optimism: float = Field(
        2.3,
        ge=0,
        le=5,
        description="Standard deviations above the mean that a clip is hoped to be liked, at most.",
    )
    spread: float = Field(
        0.1,
        ge=0.02,
        le=1,
        description="Standard deviation of a draw, as a share of the belief's own.",
    )
    floor: Share = Field(
        0.002, le=0.5, description="Share of the choices that falls evenly on all eligible clips."
    )
    half_life_answers: float = Field(
        2000, ge=10, description="Newer answers on a clip and expression that halve older ones."
    )
    half_life_days: float = Field(365, ge=1, description="Days after which an answer counts half.")
    left_early_weight: Share = Field(
        0.2, description="What leaving before a clip's end counts as, of a whole dislike."
    )
    prior_comfort: Share = Field(
        0.1,
        le=0.4,
        description="Added to the prior of calm, pleasant healing clips for the sad; 0: nothing.",
    )


class LogSettings(Section):
    """What goes to the journal."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )


class Settings(Section):
    """All settings; every table may be left out."""

    panel: PanelSettings = PanelSettings()
    phone: PhoneSettings = PhoneSettings()
    qr: QrSettings = QrSettings()
    camera: CameraSettings = CameraSettings()
    models: ModelSettings = ModelSettings()
    audience: AudienceSettings = AudienceSettings()
    session: SessionSettings = SessionSettings()
    rating: RatingSettings = RatingSettings()
    loop: LoopSettings = LoopSettings()
    learning: LearningSettings = LearningSettings()
    library: LibrarySettings = LibrarySettings()
    surroundings: SurroundingsSettings = SurroundingsSettings()
    privacy: PrivacySettings = PrivacySettings()
    retention: RetentionSettings = RetentionSettings()
    backup: BackupSettings = BackupSettings()
    log: LogSettings = LogSettings()
    rules: Rules = Field((), description="The operator's own rules, `[[rules]]`; see Rules below.")

    @model_validator(mode="after")
    def _site_has_an_address(self) -> Settings:
        if self.qr.target == "static-site" and self.phone.public_base_url is None:
            raise ValueError(
                'qr.target = "static-site" needs phone.public_base_url, the address of the web host'
            )
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> Settings:
        if self.phone.enabled and self.panel.port == self.phone.port != 0:
            raise ValueError(
                f"panel.port and phone.port are both {self.panel.port}; give them two numbers"
            )
        return self
