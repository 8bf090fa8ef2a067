"""From pictures, videos and a folder of music to one clip: look, choose, plan, render."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from appliance.content.compose.beats import beats_of
from appliance.content.compose.edit_plan import EditPlan, most_views, plan_edit
from appliance.content.compose.framing import Framing, frame_picture, size_for
from appliance.content.compose.music import Track, how_it_fits, ranked
from appliance.content.compose.plate import make_plate
from appliance.content.compose.render import FilmTake, Script, StillTake, Take, render
from appliance.content.compose.selection import select, without_twins
from appliance.content.compose.set_mood import SetMood, mood_of_set
from appliance.content.compose.shots import shots_of
from appliance.content.compose.soundtrack import Excerpt, cut_sound, excerpt_of
from appliance.content.compose.title import draw_title
from appliance.content.compose.title_font import without_emoji_font
from appliance.content.compose.view import Eyes, View
from appliance.content.media import probe
from appliance.content.still_picture import is_gif, is_picture
from appliance.content.tool_runner import FOREGROUND, ToolRunner, full_disk, shown
from appliance.domain import Image, Mood
from appliance.errors import ContentError, PictureError
from appliance.pictures.picture_file import read_picture
from appliance.pictures.reader import PictureReader


@dataclass(frozen=True, slots=True)
class Order:
    """What a clip is to be."""

    tracks: tuple[Track, ...]
    """The music at hand, see ``music.tracks_in``."""
    duration_s: float
    mood: Mood | None = None
    """None: the pictures' own."""
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """The clip that was made."""

    mood: SetMood
    track: Track | None
    """None: no track could be used, the clip is silent."""
    plan: EditPlan
    views: tuple[View, ...]
    size_px: tuple[int, int]


class Composer:
    """Used for one clip."""

    def __init__(
        self,
        eyes: Eyes,
        say: Callable[[str], None],
        report: Callable[[str, float], None] = lambda stage, share: None,
        runner: ToolRunner = FOREGROUND,
    ) -> None:
        """``say`` is told what people should know; ``report`` a stage and the share done."""
        self._eyes = eyes
        self._say = say
        self._report = report
        self._runner = runner

    def look(self, files: Sequence[Path]) -> tuple[list[View], list[str]]:
        """What can be shown of photographs and videos, and a line about each that cannot."""
        views: list[View] = []
        refused: list[str] = []
        with PictureReader(self._runner.niceness, self._runner.raise_if_stopped) as reader:
            for number, file in enumerate(files):
                self._report("looking at the pictures", number / len(files))
                try:
                    views += self._views(file, reader)
                except (PictureError, ContentError) as exc:
                    refused.append(str(exc))
        return views, refused

    def _views(self, file: Path, reader: PictureReader) -> list[View]:
        if not is_picture(file):
            return shots_of(file, self._eyes, runner=self._runner)
        frames = reader.facts(file).frames
        if frames > 1 and is_gif(file):
            return shots_of(file, self._eyes, runner=self._runner)
        if frames > 1:
            self._say(f"{shown(file)} moves; the first of its {frames} pictures is shown")
        return [self._eyes.view(reader.read(file), file)]

    def compose(self, views: Sequence[View], order: Order, out: Path) -> Composed:
        """Make the clip; ``out`` appears whole or not at all. At least one view is needed.

        Raises ContentError when it cannot be made or written.
        """
        mood = mood_of_set([view.mood for view in views], order.mood)
        excerpt = self._music(order.tracks, mood.mood, order.duration_s, _lot(views))
        duration_s = order.duration_s if excerpt is None else excerpt.length_s
        if duration_s < order.duration_s:
            self._say(f"the music lasts {duration_s:.1f} s, and so does the clip")
        if order.title is not None and without_emoji_font(order.title):
            self._say(
                "the title's emoji are left out, their font is missing;"
                " apt-get install fonts-noto-color-emoji"
            )
        chosen = self._chosen(views, mood.mood, duration_s)
        # The chosen ones tell what is seen.
        mood = mood_of_set([view.mood for view in chosen], mood.mood)
        plan = self._plan(chosen, duration_s, excerpt)
        size_px = size_for([(view.width_px, view.height_px) for view in chosen])
        with _room_beside(out) as room:
            script = Script(
                plan=plan,
                takes=tuple(self._takes(chosen, size_px, room)),
                size_px=size_px,
                sound=None
                if excerpt is None
                else cut_sound(excerpt, plan.duration_s, room / "music.part", self._runner),
                title=None if order.title is None else _title(order.title, size_px, room),
            )
            told = partial(self._report, "rendering")
            render(script, room / "clip.part", out, told, self._runner)
        track = None if excerpt is None else excerpt.track
        return Composed(mood, track, plan, tuple(chosen), size_px)

    def _music(
        self, tracks: Sequence[Track], mood: Mood, duration_s: float, lot: str
    ) -> Excerpt | None:
        """The beginning of the best track that can be used; what was in the way is told."""
        for track in ranked(tracks, mood, duration_s, lot):
            try:
                excerpt = excerpt_of(track, duration_s, self._runner)
            except ContentError as exc:
                self._say(str(exc))
                continue
            note = how_it_fits(track, mood, tracks)
            if note:
                self._say(note)
            return excerpt
        self._say("none of the music can be used, so the clip is silent")
        return None

    def _chosen(self, views: Sequence[View], mood: Mood, duration_s: float) -> list[View]:
        different = without_twins(views)
        if len(different) < len(views):
            self._say(f"{len(views) - len(different)} that look like another were left out")
        chosen = select(different, mood, most_views(duration_s))
        if len(chosen) < len(different):
            self._say(
                f"{len(chosen)} of {len(different)} fit into {duration_s:g} s, those most"
                f" {mood}; give more with --seconds"
            )
        if len(chosen) == 1 and chosen[0].shot is None:
            self._say(f"one photograph fills all {duration_s:g} s")
        return chosen

    def _plan(self, views: Sequence[View], duration_s: float, excerpt: Excerpt | None) -> EditPlan:
        beats: tuple[float, ...] | None = ()
        if excerpt is not None and len(views) > 1:
            self._report("finding the beat", 0.0)
            beats = beats_of(excerpt.samples)
            if beats is None:
                self._say(
                    "cross-fades are not on the beat, librosa is missing;"
                    " install it with 'pip install librosa'"
                )
            elif not beats:
                self._say(f"{shown(excerpt.track.path)} has no clear beat; cross-fades are even")
        lengths = [None if view.shot is None else view.shot.length_s for view in views]
        plan = plan_edit(lengths, duration_s, beats or ())
        if plan.duration_s < duration_s - 0.05:
            self._say(
                f"the videos' shots fill {plan.duration_s:.1f} s, and so long is the clip;"
                " give photographs or longer videos too"
            )
        return plan

    def _takes(self, views: Sequence[View], size_px: tuple[int, int], room: Path) -> Iterator[Take]:
        for number, view in enumerate(views):
            self._report("preparing the pictures", number / len(views))
            framing = frame_picture((view.width_px, view.height_px), view.focus, size_px)
            if max(view.width_px / size_px[0], view.height_px / size_px[1]) < 1:
                self._say(
                    f"{shown(view.path)} has only {view.width_px}x{view.height_px} pixels; it is"
                    " not enlarged and stands in the middle"
                )
            if view.shot is not None:
                yield FilmTake(view, probe(view.path, self._runner), framing)
            else:
                yield _still_take(view, framing, size_px, room / f"{number}.part", number)


def _still_take(
    view: View, framing: Framing, size_px: tuple[int, int], out_png: Path, number: int
) -> StillTake:
    plate = make_plate(read_picture(view.path), framing, size_px)
    _write_png(plate.picture, out_png)
    # Towards what matters, then away from it, in turn.
    ends = (plate.wide, plate.tight) if number % 2 == 0 else (plate.tight, plate.wide)
    return StillTake(out_png, *ends)


def _title(title: str, size_px: tuple[int, int], room: Path) -> Path:
    path = room / "title.part"
    try:
        draw_title(title, size_px).save(path, format="PNG")
    except OSError as exc:
        raise _unwritable(room, exc) from exc
    return path


def _write_png(picture: Image, path: Path) -> None:
    # Fast rather than small: it is read once and deleted.
    is_ok, png = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not is_ok:
        raise ContentError(f"{shown(path)} could not be made; save the picture as JPEG")
    try:
        path.write_bytes(png.tobytes())
    except OSError as exc:
        raise _unwritable(path.parent, exc) from exc


@contextlib.contextmanager
def _room_beside(out: Path) -> Iterator[Path]:
    """A folder for what is being made, gone afterwards, Ctrl-C included.

    Beside the clip, where its user wants pictures to be: a unit proves that none lie in /tmp.
    Killed, it leaves a hidden folder, which the next try clears away; nothing in it has a
    picture's name, so that whoever takes in the folder does not take it too.
    """
    room = out.with_name(f".{out.name}.parts")
    try:
        room.mkdir(exist_ok=True)
        lock = os.open(room, os.O_RDONLY)
    except OSError as exc:
        raise ContentError(
            f"cannot write to {shown(out.parent)} ({exc.strerror}); name another --out"
        ) from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        os.close(lock)
        raise ContentError(f"{shown(out)} is being made by another process; wait for it") from exc
    try:
        for left in room.iterdir():
            left.unlink()
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(lock)


def _unwritable(room: Path, exc: OSError) -> ContentError:
    if exc.errno == errno.ENOSPC:
        return full_disk(room.parent)
    return ContentError(f"cannot write to {shown(room.parent)} ({exc.strerror}); check its owner")


def _lot(views: Sequence[View]) -> str:
    return "/".join(view.path.name for view in views)
