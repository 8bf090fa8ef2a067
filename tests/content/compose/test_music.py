"""Music by mood: named by folder or tag, the nearest taken, what is no music refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.content.compose.music import Track, how_it_fits, mood_by_tags, ranked, tracks_in
from appliance.content.compose.soundtrack import cut_sound, excerpt_of
from appliance.domain import Mood
from appliance.errors import ContentError
from tests.content.odd_files import encode, tone


def test_folder_and_tags_name_the_mood(tmp_path: Path) -> None:
    for folder in ("Peaceful/lake", "other"):
        (tmp_path / folder).mkdir(parents=True)
    encode(tmp_path / "Peaceful" / "lake" / "a.mp3", *tone(0, 6), "-metadata", "genre=Angry")
    encode(tmp_path / "other" / "b.ogg", *tone(0, 6), "-metadata", "MOOD=very Happy")
    encode(tmp_path / "c.wav", *tone(0, 6))
    tracks, refused = tracks_in(tmp_path)
    assert [track.mood for track in tracks] == [Mood.PEACEFUL, None, Mood.HAPPY]
    assert [round(track.duration_s) for track in tracks] == [6, 6, 6]
    assert refused == ()


def test_the_tag_made_for_moods_goes_first() -> None:
    assert mood_by_tags({"genre": "Happy", "TMOO": "tired"}) is Mood.TIRED
    assert mood_by_tags({"genre": "Rock", "artist": "Angry Birds"}) is None


def test_what_is_no_music_is_a_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    encode(tmp_path / "a-short.wav", *tone(0, 2))
    (tmp_path / "b-text.mp3").write_text("#EXTM3U\nhttp://localhost/x.mp3")
    encode(tmp_path / "c.mp3", *tone(0, 6))
    tracks, refused = tracks_in(tmp_path)
    assert [track.path.name for track in tracks] == ["c.mp3"]
    assert "a-short.wav lasts 2.0 s" in refused[0]
    assert "b-text.mp3 is no music" in refused[1]


@pytest.mark.parametrize(("folder", "said"), [("none", "no folder"), (".", "no music")])
def test_a_folder_without_music_says_so(tmp_path: Path, folder: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        tracks_in(tmp_path / folder)


def of(mood: Mood | None, name: str = "a.mp3", duration_s: float = 60) -> Track:
    return Track(Path(name), mood, duration_s)


def test_the_nearest_mood_is_taken_and_said() -> None:
    neighbour, opposite, unknown = of(Mood.HAPPY), of(Mood.ANXIETY), of(None)
    tracks = [opposite, unknown, neighbour]
    assert ranked(tracks, Mood.PEACEFUL, 15, "x") == [neighbour, unknown, opposite]
    assert how_it_fits(of(Mood.PEACEFUL), Mood.PEACEFUL, tracks) is None
    assert "happy, its neighbour" in str(how_it_fits(neighbour, Mood.PEACEFUL, tracks))
    assert "no track is for a mood" in str(how_it_fits(unknown, Mood.PEACEFUL, [unknown]))


def test_among_equals_long_ones_go_first_and_the_lot_is_kept() -> None:
    tracks = [of(Mood.HAPPY, f"{n}.mp3") for n in range(8)]
    short = of(Mood.HAPPY, "short.mp3", 9)
    first = ranked([short, *tracks], Mood.HAPPY, 15, "holiday")
    assert first == ranked([*reversed(tracks), short], Mood.HAPPY, 15, "holiday")
    assert first[-1] == short
    assert len({ranked(tracks, Mood.HAPPY, 15, str(n))[0].path.name for n in range(20)}) > 3


def test_of_two_tracks_in_a_file_the_default_is_heard(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "two.mka", "-f", "lavfi", "-i", "anullsrc=d=6", *tone(0, 6),
        *("-map", "0", "-map", "1", "-disposition:a:0", "0", "-disposition:a:1", "default"),
    )  # fmt: skip
    (track,), _ = tracks_in(tmp_path)
    assert track.path == path
    assert not cut_sound(excerpt_of(track, 5), 5, tmp_path / "music.mka").loudness.is_silent


def test_silence_before_the_music_is_left_out_and_silence_alone_refused(tmp_path: Path) -> None:
    quiet = ("-af", "adelay=2000:all=1,apad=pad_dur=1")
    path = encode(tmp_path / "a.wav", *tone(0, 6), *quiet)
    excerpt = excerpt_of(Track(path, None, 9), 5)
    assert excerpt.starts_s == pytest.approx(1.95, abs=0.02)
    assert excerpt.length_s == 5
    sound = cut_sound(excerpt, 5, tmp_path / "music.mka")
    assert not sound.loudness.is_silent
    silent = encode(tmp_path / "b.wav", "-f", "lavfi", "-i", "anullsrc=d=6")
    with pytest.raises(ContentError, match="is silent"):
        excerpt_of(Track(silent, None, 6), 5)
