"""Takes a file into the library's folder: checked, made playable, as loud as the others."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from appliance.config.library_settings import LibrarySettings
from appliance.content.clip_folder import ClipFolder
from appliance.content.loudness import Loudness, measure_loudness
from appliance.content.media import decode_check, probe, sha256_of
from appliance.content.media_info import MediaInfo
from appliance.content.moving_picture import timing_of, write_film
from appliance.content.panel_format import (
    why_encode_sound,
    why_encode_video,
    why_recolour,
    why_rewrap,
)
from appliance.content.still_picture import (
    is_gif,
    is_picture,
    picture_facts,
    write_upright_png,
)
from appliance.content.thumbnail import make_thumbnail
from appliance.content.tool_runner import FOREGROUND, Position, ToolRunner, shown
from appliance.content.transcode import Recipe, transcode
from appliance.domain import Clip
from appliance.errors import ContentError
from appliance.pictures.kind import is_heif_sequence
from appliance.pictures.reader import PictureReader

THUMBNAIL_WIDTH_PX = 640
MIN_DURATION_S = 0.5
"""A shorter video is a slip."""

LONGEST_STANDSTILL_S = 0.5
"""Of the last picture, while the sound goes on; nobody notices less."""

Report = Callable[[str, float], None]
"""Told what is being done and how far it is (0..1)."""


@dataclass(frozen=True, slots=True)
class IntakeRules:
    still_s: float = 10.0
    """How long a picture is shown; a GIF is repeated until it lasts at least so long."""
    max_duration_s: float = 600.0
    reserve_bytes: int = 300_000_000
    """Room on the disk that no clip may take."""

    @classmethod
    def of(cls, library: LibrarySettings) -> IntakeRules:
        return cls(library.still_s, library.max_duration_s, library.reserve_mb * 1_000_000)


@dataclass(frozen=True, slots=True)
class TakenFile:
    """Files in the library's folder that still want their row."""

    file: str
    thumbnail: str
    thumbnail_sha256: str
    sha256: str
    original_sha256: str | None
    """Of the file as it was handed in; None: it was taken as it is."""
    codec: str
    duration_s: float
    changes: tuple[str, ...]
    """Why the file was converted, in a few words each; empty: it was not."""

    def as_clip(self, **told: Any) -> Clip:
        """The row to add; ``told`` are its other fields, kind and title at least."""
        return Clip(
            id=0,
            file=self.file,
            thumbnail=self.thumbnail,
            thumbnail_sha256=self.thumbnail_sha256,
            sha256=self.sha256,
            original_sha256=self.original_sha256,
            codec=self.codec,
            duration_s=self.duration_s,
            **told,
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    source: Path
    info: MediaInfo
    recipe: Recipe | None
    """None: the file plays as it is."""
    changes: tuple[str, ...]


class Intake:
    """Used for one file after the other; the files handed in are only read."""

    def __init__(
        self,
        folder: ClipFolder,
        rules: IntakeRules,
        find_twin: Callable[[str], Clip | None],
        runner: ToolRunner = FOREGROUND,
        report: Report = lambda stage, share: None,
    ) -> None:
        """``find_twin``: the library's clip of a SHA-256, as it is now or was handed in."""
        self._folder = folder
        self._rules = rules
        self._find_twin = find_twin
        self._runner = runner
        self._report = report

    @contextlib.contextmanager
    def taken_in(self, source: Path) -> Iterator[TakenFile]:
        """The body adds the row; when anything fails, Ctrl-C included, no file stays.

        Raises ContentError with what is wrong: no video or picture, damaged, too long, too
        short, in the library already, or no room for it.
        """
        # Before anything is read: a pipe would never end.
        is_image = is_picture(source)
        before = _state_of(source)
        self._report("reading", 0.0)
        original = sha256_of(source, self._runner)
        self._refuse_twin(original, source)
        with self._folder.workspace() as room:
            plan = self._picture_plan(source, room) if is_image else self._plan(source)
            clip = self._make(plan, source, original, room)
            info = probe(clip, self._runner)
            sha256 = original if plan.recipe is None else sha256_of(clip, self._runner)
            poster = room / "poster.jpg"
            make_thumbnail(clip, poster, THUMBNAIL_WIDTH_PX, self._runner)
            if _state_of(source) != before:
                raise ContentError(f"{shown(source)} changed while it was read; add it again")
            taken = TakenFile(
                file=f"{sha256}.mp4",
                thumbnail=f"{sha256}.jpg",
                thumbnail_sha256=sha256_of(poster, self._runner),
                sha256=sha256,
                original_sha256=None if plan.recipe is None else original,
                codec=info.video_codec,
                duration_s=info.duration_s,
                changes=plan.changes,
            )
            with self._named(taken, clip, poster):
                yield taken

    @contextlib.contextmanager
    def _named(self, taken: TakenFile, clip: Path, poster: Path) -> Iterator[None]:
        try:
            self._folder.admit(poster, taken.thumbnail)
            self._folder.admit(clip, taken.file)
            yield
        except BaseException:
            # Unless another process has just added the same clip with these very files.
            if self._find_twin(taken.sha256) is None:
                self._folder.discard(taken.thumbnail)
                self._folder.discard(taken.file)
            raise

    def _refuse_twin(self, sha256: str, source: Path) -> None:
        twin = self._find_twin(sha256)
        if twin is not None:
            raise ContentError(
                f"{shown(Path(source.name))} is in the library already,"
                f" as clip {twin.id}: {twin.title}"
            )

    # --- what to do -----------------------------------------------------------------------

    def _picture_plan(self, source: Path, room: Path) -> _Plan:
        with PictureReader(self._runner.niceness, self._runner.raise_if_stopped) as reader:
            frames = picture_facts(source, reader).frames
            if frames > 1:
                return self._moving_plan(source, room, frames, reader)
            png = room / "still.png"
            info = write_upright_png(source, png, reader)
        recipe = Recipe(encodes_video=True, encodes_sound=False, still_s=self._rules.still_s)
        return _Plan(png, info, recipe, (f"a picture, shown for {self._rules.still_s:g} s",))

    def _moving_plan(self, source: Path, room: Path, frames: int, reader: PictureReader) -> _Plan:
        timing = timing_of(source, reader, self._rules.max_duration_s)
        self._refuse_length(source, timing.duration_s)
        film = room / "moving.mkv"
        check_room = partial(self._folder.require_space, 0, self._rules.reserve_bytes)
        write_film(source, timing, film, reader, self._runner, check_room)
        info = probe(film, self._runner)
        what = "a GIF" if is_gif(source) else f"{frames} pictures"
        return self._repeated(film, info, timing.duration_s, what)

    def _repeated(self, film: Path, info: MediaInfo, duration_s: float, what: str) -> _Plan:
        loops = max(1, ceil(self._rules.still_s / max(duration_s, 0.01)))
        changes = (what, *((f"repeated {loops} times",) if loops > 1 else ()))
        return _Plan(film, info, Recipe(True, False, loops=loops), changes)

    def _plan(self, source: Path) -> _Plan:
        info = probe(source, self._runner)
        if info.is_dolby_alone:
            raise ContentError(
                f"{shown(source)} holds Dolby Vision alone, whose colours nothing here can read;"
                " export it as HDR10, HLG or standard range"
            )
        self._refuse_length(source, info.duration_s)
        end = decode_check(
            source,
            max_duration_s=self._rules.max_duration_s,
            sound_track=info.sound_track,
            runner=self._runner,
            report=self._progress("checking", info.duration_s),
        )
        # Headers may say anything; this is what there really is.
        self._refuse_length(source, end.time_s)
        if is_heif_sequence(source):
            return self._repeated(source, info, end.time_s, "a HEIC sequence")
        if end.time_s < MIN_DURATION_S:
            raise ContentError(
                f"{shown(source)} lasts {end.time_s:.1f} s; a clip lasts {MIN_DURATION_S} s or more"
            )
        return self._video_plan(source, info, end.damaged)

    def _video_plan(self, source: Path, info: MediaInfo, damaged: int) -> _Plan:
        loudness = self._loudness(source, info) if info.has_audio else None
        is_loud = loudness is not None and not loudness.is_right
        pictures, sound = why_encode_video(info), why_encode_sound(info)
        mended = "damaged in few places" if damaged else None
        reasons = (mended, pictures, why_recolour(info), sound, why_rewrap(info, source))
        changes = list(dict.fromkeys(reason for reason in reasons if reason))
        if loudness is not None and is_loud:
            changes.append(f"loudness {loudness.integrated_lufs:.1f} LUFS")
        cut_at_s = info.picture_s if _outlasts(info) else None
        if cut_at_s:
            changes.append(f"its sound ends with its pictures, after {cut_at_s:.1f} s")
        recipe = Recipe(
            encodes_video=pictures is not None or damaged > 0,
            encodes_sound=info.has_audio and (sound is not None or is_loud or damaged > 0),
            sound_filter=loudness.correction if loudness is not None and is_loud else None,
            is_damaged=damaged > 0,
            cut_at_s=cut_at_s,
        )
        return _Plan(source, info, recipe if changes else None, tuple(changes))

    def _loudness(self, source: Path, info: MediaInfo) -> Loudness:
        return measure_loudness(
            source,
            max_duration_s=self._rules.max_duration_s,
            sound_track=info.sound_track,
            runner=self._runner,
            report=self._progress("measuring the loudness", info.duration_s),
        )

    def _refuse_length(self, source: Path, duration_s: float) -> None:
        most_s = self._rules.max_duration_s
        if duration_s > most_s + MIN_DURATION_S:
            raise ContentError(
                f"{shown(source)} lasts longer than {most_s:g} s, the most a clip may;"
                " cut it, or raise library.max_duration_s"
            )

    # --- doing it -------------------------------------------------------------------------

    def _make(self, plan: _Plan, source: Path, original: str, room: Path) -> Path:
        """The clip as a file in ``room``."""
        size_bytes, reserve_bytes = plan.source.stat().st_size, self._rules.reserve_bytes
        if plan.recipe is None:
            self._folder.require_space(size_bytes, reserve_bytes)
            return self._folder.copy(source, room / "clip.mp4", original, self._runner)
        self._folder.require_space(plan.recipe.bytes_needed(plan.info, size_bytes), reserve_bytes)
        duration_s = plan.recipe.still_s or plan.info.duration_s * plan.recipe.loops
        clip = room / "clip.mp4"
        transcode(
            plan.source,
            plan.info,
            plan.recipe,
            clip,
            max_duration_s=max(self._rules.max_duration_s, duration_s),
            runner=self._runner,
            report=self._progress("converting", duration_s),
        )
        return clip

    def _progress(self, stage: str, duration_s: float) -> Callable[[Position], None]:
        self._report(stage, 0.0)
        return lambda position: self._report(stage, min(1.0, position.time_s / max(duration_s, 1)))


def _outlasts(info: MediaInfo) -> bool:
    """Whether there is sound after the last picture, which would stand still meanwhile."""
    return info.has_audio and 0.0 < info.picture_s < info.duration_s - LONGEST_STANDSTILL_S


def _state_of(path: Path) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError as exc:
        raise ContentError(f"{shown(path)}: {exc.strerror}; check path and rights") from exc
    return status.st_size, status.st_mtime_ns
