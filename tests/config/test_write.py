"""One setting is changed; everything else in the file stays as its writer left it."""

from __future__ import annotations

import os
import stat
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import Settings, load_settings
from appliance.config.load import parse_settings, setting_at
from appliance.config.write import set_setting, unset_setting
from appliance.errors import ConfigError

WRITTEN_BY_HAND = """\
# The unit at the city hall.

[session]
qr_timeout_s = 30   # the queue is long here
show_kinds = [
    "healing",  # no advertising yet
]

[panel]
place = "시청역"
# port = 9000
language = "both"
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN_BY_HAND, encoding="utf-8")
    return path


def test_a_changed_value_leaves_every_other_line_as_it_was(path):
    settings = set_setting(path, "session.qr_timeout_s", "15")
    assert settings.session.qr_timeout_s == 15
    assert path.read_text() == WRITTEN_BY_HAND.replace("= 30 ", "= 15 ")


def test_a_new_setting_joins_its_table_and_a_new_table_comes_last(path):
    set_setting(path, "session.thanks_s", "2.5")
    set_setting(path, "camera.source", "/dev/video0")
    text = path.read_text()
    for line in WRITTEN_BY_HAND.splitlines():
        assert line in text
    assert text.endswith('[camera]\nsource = "/dev/video0"\n')
    settings = load_settings(path)
    assert settings.session.thanks_s == 2.5
    assert settings.camera.source == "/dev/video0"


@pytest.mark.parametrize(
    ("key", "value", "written", "meant"),
    [
        ("panel.place", "시청역 2번 출구", '"시청역 2번 출구"', "시청역 2번 출구"),
        ("panel.place", "42", '"42"', "42"),
        ("panel.place", '"a \\"b\\""', '"a \\"b\\""', 'a "b"'),
        ("panel.place", 'x"\nport = 1', '"x\\"\\nport = 1"', 'x"\nport = 1'),
        ("camera.fps", "12", "12", 12.0),
        ("phone.enabled", "false", "false", False),
        ("phone.enabled", "no", "false", False),
        ("qr.target", "advertiser-link", '"advertiser-link"', "advertiser-link"),
        ("session.show_kinds", '["ad"]', '["ad"]', ("ad",)),
        ("surroundings.latitude", "-33.9", "-33.9", -33.9),
    ],
)
def test_a_value_is_understood_as_the_setting_needs_it(tmp_path, key, value, written, meant):
    path = tmp_path / "fresh.toml"
    settings = set_setting(path, key, value)
    assert setting_at(settings, key) == meant
    assert load_settings(path) == settings
    section, name = key.split(".")
    assert path.read_text() == f"[{section}]\n{name} = {written}\n"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("session.qr_timeout", "15", "did you mean 'session.qr_timeout_s'"),
        ("session", "15", "is a table"),
        ("rules", "[]", "by hand"),
        ("session.qr_timeout_s", "1", "session.qr_timeout_s"),
        ("session.qr_timeout_s", "soon", "'soon'"),
        ("session.qr_timeout_s", "nan", "session.qr_timeout_s"),
        ("panel.place", "\udcff", "UTF-8"),
        ("phone.port", "8080", "two numbers"),
        ("surroundings.weather", "kma", "latitude and longitude"),
    ],
)
def test_a_mistake_is_named_and_the_file_stays(path, key, value, said):
    with pytest.raises(ConfigError, match=said) as caught:
        set_setting(path, key, value)
    assert "\n" not in str(caught.value)
    assert path.read_text() == WRITTEN_BY_HAND
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


def test_a_file_that_is_wrong_elsewhere_is_not_written(path):
    path.write_text("[camera]\nfsp = 3\n")
    with pytest.raises(ConfigError, match=r"camera\.fps"):
        set_setting(path, "panel.place", "here")
    assert path.read_text() == "[camera]\nfsp = 3\n"


def test_the_mistake_itself_can_be_mended(path):
    path.write_text("[camera]\nfps = 900 # fast\nfsp = 3\n")
    with pytest.raises(ConfigError, match="fsp"):
        set_setting(path, "camera.fps", "9")
    path.write_text("[camera]\nfps = 900 # fast\n")
    set_setting(path, "camera.fps", "9")
    assert path.read_text() == "[camera]\nfps = 9 # fast\n"
    path.write_text("[camera]\nfsp = 3\n")
    assert unset_setting(path, "camera.fsp")
    assert load_settings(path) == Settings()


@pytest.mark.parametrize("text", ["[panel\nport = 1", 'panel = "x"', "[[panel]]\nport = 1"])
def test_what_cannot_be_changed_is_left_alone(path, text):
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        set_setting(path, "panel.port", "9000")
    assert path.read_text() == text


@pytest.mark.parametrize("text", ['panel.place = "a"\n', 'panel = { place = "a" }\n'])
def test_other_ways_to_write_a_table_are_kept(path, text):
    path.write_text(text)
    set_setting(path, "panel.place", "b")
    assert path.read_text() == text.replace('"a"', '"b"')
    set_setting(path, "panel.port", "9000")
    assert load_settings(path).panel.port == 9000


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        (
            '[panel]\nplace = "x"  # here\n\n# of phones\n# and codes\n[phone]\n',
            "panel.port",
            '[panel]\nplace = "x"  # here\nport = 80\n\n# of phones\n# and codes\n[phone]\n',
        ),
        (
            "[phone]\n\n# of the camera\n[camera]\nfps = 3\n",
            "phone.port",
            "[phone]\nport = 80\n\n# of the camera\n[camera]\nfps = 3\n",
        ),
        (
            '[panel]\nplace = "x"\n# the end\n',
            "panel.port",
            '[panel]\nplace = "x"\nport = 80\n# the end\n',
        ),
    ],
)
def test_a_new_setting_does_not_move_the_comment_above_the_next_table(path, before, key, after):
    """tomlkit (0.15.2) counts comments above a header to the table before it, and appends."""
    path.write_text(before)
    set_setting(path, key, "80")
    assert path.read_text() == after


def test_unset_gives_the_default_back_and_keeps_the_rest(path):
    assert unset_setting(path, "session.qr_timeout_s")
    assert load_settings(path).session.qr_timeout_s == Settings().session.qr_timeout_s
    assert "# The unit at the city hall." in path.read_text()
    assert "# port = 9000" in path.read_text()
    assert not unset_setting(path, "session.qr_timeout_s")
    assert not unset_setting(path, "camera.fps")
    with pytest.raises(ConfigError, match="did you mean"):
        unset_setting(path, "session.qr_timeot_s")


def test_unset_of_what_the_rest_needs_is_refused(path):
    path.write_text('[surroundings]\nweather = "open-meteo"\nlatitude = 1\nlongitude = 2\n')
    with pytest.raises(ConfigError, match="latitude"):
        unset_setting(path, "surroundings.latitude")
    assert load_settings(path).surroundings.latitude == 1


def test_a_missing_file_and_its_folder_are_made_readable_for_the_unit(tmp_path):
    path = tmp_path / "etc" / "appliance" / "config.toml"
    set_setting(path, "panel.place", "here")
    assert load_settings(path).panel.place == "here"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_nothing_is_made_for_a_mistake(tmp_path):
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError):
        set_setting(path, "camera.fps", "900")
    assert not path.exists()


def test_mode_owner_and_link_stay(path):
    link = path.with_name("link.toml")
    link.symlink_to(path.name)
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    before = path.stat()
    set_setting(link, "panel.place", "here")
    assert link.is_symlink()
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert load_settings(path).panel.place == "here"


def test_an_unwritable_place_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        set_setting(tmp_path / "file" / "config.toml", "panel.place", "here")
    with pytest.raises(ConfigError, match="not a file"):
        set_setting(tmp_path, "panel.place", "here")


def test_line_ends_of_another_system_are_kept(path):
    path.write_bytes(b'[panel]\r\nplace = "a" # here\r\n')
    set_setting(path, "panel.place", "b")
    assert path.read_bytes() == b'[panel]\r\nplace = "b" # here\r\n'


names = st.sampled_from(
    ["panel.place", "camera.fps", "session.qr_timeout_s", "phone.port", "panel.unit_name"]
)
changes = st.lists(
    st.tuples(names, st.one_of(st.none(), st.text(max_size=20), st.integers(1, 40).map(str))),
    max_size=6,
)


@given(changes)
def test_any_series_of_changes_leaves_a_right_file(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("series") / "config.toml"
    path.write_text(WRITTEN_BY_HAND, encoding="utf-8")
    wanted = tomllib.loads(WRITTEN_BY_HAND)
    for key, value in changes:
        section, name = key.split(".")
        try:
            if value is None:
                unset_setting(path, key)
                wanted.get(section, {}).pop(name, None)
            else:
                settings = set_setting(path, key, value)
                wanted.setdefault(section, {})[name] = setting_at(settings, key)
        except ConfigError:
            pass
        text = path.read_bytes().decode("utf-8")
        assert parse_settings(text, where="") == Settings.model_validate(wanted)
        assert "# The unit at the city hall." in text
