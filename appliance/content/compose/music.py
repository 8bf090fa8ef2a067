"""The music at hand: which tracks there are, the mood each is for, and which one fits pictures."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.content.compose.set_mood import steps_between
from appliance.content.media_info import default_of
from appliance.content.media_suffixes import SOUND_SUFFIXES
from appliance.content.tool_runner import FOREGROUND, ToolRunner, input_of, last_line, shown
from appliance.domain import Mood
from appliance.errors import ContentError

# Demuxers of single audio files; a playlist, which names other files or hosts, is not among them.
SAFE_AUDIO: Final = (
    *("-protocol_whitelist", "file"),
    *("-format_whitelist", "aac,aiff,flac,matroska,mov,mp3,ogg,wav"),
)
LEAST_TRACK_S: Final = 5.0

_TAGS: Final = ("mood", "tmoo", "genre", "grouping", "keywords", "comment", "description")
_TIMEOUT_S: Final = 30.0
_FAR: Final = 2
"""From so many steps on a mood fits no better than a track whose mood is not known."""


@dataclass(frozen=True, slots=True)
class Track:
    """A piece of music."""

    path: Path
    mood: Mood | None
    """What its folder or, failing that, its tags say; None: neither says anything."""
    duration_s: float
    sound_track: int = 0
    """Which of its audio streams is heard."""


def tracks_in(
    folder: Path, runner: ToolRunner = FOREGROUND
) -> tuple[tuple[Track, ...], tuple[str, ...]]:
    """The tracks below a folder by name, and a line about each that cannot be used.

    Raises ContentError when there is no folder or no audio file in it.
    """
    if not folder.is_dir():
        raise ContentError(f"there is no folder {shown(folder)}; name the folder of your music")
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in SOUND_SUFFIXES
        and not file.name.startswith(".")
        and file.is_file()
    )
    if not files:
        raise ContentError(
            f"there is no music in {shown(folder)} ({', '.join(sorted(SOUND_SUFFIXES))});"
            " put some in, best in folders named after moods"
        )
    tracks: list[Track] = []
    refused: list[str] = []
    for file in files:
        try:
            tracks.append(_track(file, folder, runner))
        except ContentError as exc:
            refused.append(str(exc))
    return tuple(tracks), tuple(refused)


def ranked(tracks: Iterable[Track], mood: Mood, wanted_s: float, lot: str) -> list[Track]:
    """Tracks from the best to the worst: their mood's distance, long enough, then by lot.

    ``lot``: any text; the same text draws the same order, so that a clip can be made again.
    """

    def order(track: Track) -> tuple[float, bool, int]:
        steps = _FAR - 0.5 if track.mood is None else steps_between(mood, track.mood)
        return steps, track.duration_s < wanted_s, zlib.crc32(f"{lot}/{track.path.name}".encode())

    return sorted(tracks, key=order)


def how_it_fits(track: Track, mood: Mood, tracks: Sequence[Track]) -> str | None:
    """What is to be said about music that is not of the pictures' own mood; None: it is."""
    if track.mood is mood:
        return None
    if all(each.mood is None for each in tracks):
        return (
            f"no track is for a mood; {track.path.name} was taken. Put tracks into folders named"
            f" after moods ({', '.join(Mood)}) or tag them"
        )
    if track.mood is None:
        return f"no track is {mood} or of a neighbouring mood; {track.path.name}, of none, is used"
    steps = steps_between(mood, track.mood)
    kind = "its neighbour" if steps == 1 else "the nearest there is"
    return f"no track that can be used is {mood}; {track.path.name} is {track.mood}, {kind}"


def _track(path: Path, root: Path, runner: ToolRunner) -> Track:
    source = input_of(path)
    command = ["ffprobe", "-v", "error", *SAFE_AUDIO, "-of", "json", "-select_streams", "a"]
    entries = "format=duration:format_tags:stream=duration:stream_tags:stream_disposition=default"
    command += ["-show_entries", entries]
    done = runner.run([*command, "-i", source], path, _TIMEOUT_S)
    if done.returncode != 0:
        raise ContentError(
            f"{shown(path)} is no music this unit can read ({last_line(done.stderr, source)})"
        )
    report = json.loads(done.stdout)
    streams = report.get("streams", [])
    if not streams:
        raise ContentError(f"{shown(path)} holds no sound")
    number = default_of(streams)
    stream = streams[number]
    form = report.get("format", {})
    duration_s = _seconds(form.get("duration")) or _seconds(stream.get("duration"))
    if duration_s < LEAST_TRACK_S:
        raise ContentError(
            f"{shown(path)} lasts {duration_s:.1f} s; music lasts {LEAST_TRACK_S:g} s or more"
        )
    tags = {**stream.get("tags", {}), **form.get("tags", {})}
    mood = _mood_by_folder(path, root) or mood_by_tags(tags)
    return Track(path, mood, duration_s, number)


def _mood_by_folder(path: Path, root: Path) -> Mood | None:
    """The folder nearest to the file that bears a mood's name, the music's own folder included."""
    for name in (*reversed(path.relative_to(root).parent.parts), root.resolve().name):
        if name.strip().lower() in list(Mood):
            return Mood(name.strip().lower())
    return None


def mood_by_tags(tags: Mapping[str, object]) -> Mood | None:
    """The first mood that a tag names, the tags made for it first."""
    by_name = {name.lower().removeprefix("wm/"): str(value) for name, value in tags.items()}
    for name in _TAGS:
        for word in re.findall(r"[a-z]+", by_name.get(name, "").lower()):
            if word in list(Mood):
                return Mood(word)
    return None


def _seconds(value: object) -> float:
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return 0.0
