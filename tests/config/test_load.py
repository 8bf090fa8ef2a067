"""Settings files, right and wrong."""

from __future__ import annotations

import pytest

from appliance.config import load_settings
from appliance.config.load import MAX_BYTES, parse_settings, setting_fields
from appliance.config.settings import Settings, default_language
from appliance.errors import ConfigError


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, where="config.toml")
    return str(caught.value)


def test_no_file_gives_the_defaults():
    assert load_settings(None) == Settings()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[panel]\nplace = "시청역"\n[session]\nshow_kinds = ["healing"]\n')
    settings = load_settings(path)
    assert settings.panel.place == "시청역"
    assert settings.session.show_kinds == ("healing",)
    assert settings.camera == Settings().camera


def test_every_mistake_is_reported_at_once_with_its_key_path():
    message = problem('[camera]\nfps = 900\nwidth_px = "wide"\n[panel]\nport = 70000\n')
    for part in ("config.toml", "camera.fps", "900", "camera.width_px", "'wide'", "panel.port"):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[camera]\nfsp = 3", "camera.fps"),
        ("[pannel]\nport = 3", "panel"),
        ("port = 3", "panel.port"),
        ("[panel]\nrating_timeout_s = 4", "session.rating_timeout_s"),
    ],
)
def test_an_unknown_setting_is_answered_with_the_one_that_was_meant(text, meant):
    assert f"did you mean {meant!r}?" in problem(text)


def test_nonsense_is_not_answered_with_a_guess():
    assert "did you mean" not in problem("qqqqqqqq = 1")


@pytest.mark.parametrize("text", ["x =", "[panel\nport=1", "\x00"])
def test_broken_toml_is_one_line(text):
    assert "not valid TOML" in problem(text)


def test_two_servers_cannot_share_a_port():
    assert "two numbers" in problem("[panel]\nport = 9000\n[phone]\nport = 9000\n")
    assert parse_settings("[panel]\nport = 0\n[phone]\nport = 0\n", where="").phone.port == 0


def test_unreadable_files_are_named(tmp_path):
    for path, content in (
        (tmp_path / "missing.toml", None),
        (tmp_path / "latin.toml", "# caf\xe9".encode("latin-1")),
        (tmp_path / "huge.toml", b"#" * (MAX_BYTES + 1)),
    ):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigError, match=path.name):
            load_settings(path)
    with pytest.raises(ConfigError):
        load_settings(tmp_path)


def test_the_language_follows_the_locale(monkeypatch):
    monkeypatch.setattr("locale.getlocale", lambda *_: ("ko_KR", "UTF-8"))
    assert default_language() == "ko"
    monkeypatch.setattr("locale.getlocale", lambda *_: (None, None))
    assert default_language() == "en"


def test_every_setting_says_what_it_means():
    for path, field in setting_fields(Settings):
        assert field.description, path
