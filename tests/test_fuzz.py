"""Whatever is read from outside, nonsense ends in one line of ours, never in another error.

Each test feeds one reader with text that resembles what it reads, and with damage to real files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from werkzeug.exceptions import BadRequest

from appliance.backup.archive import check_archive
from appliance.cli.campaign_import import COLUMNS, read_campaigns
from appliance.config.load import load_settings, parse_settings, setting_fields
from appliance.config.settings import Settings
from appliance.config.write import set_setting
from appliance.daemon.interest_file import InterestFile
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import ApplianceError
from appliance.inference.model_manifest import load_manifest
from appliance.web.panel.playback import PlaybackBody
from appliance.web.panel.rating import RatingBody
from appliance.web.panel.sensing import SensingBody, StaffBody
from appliance.web.qr_link import LinkExpiredError, LinkForgedError, QrLink
from appliance.web.rate_limit import client_of
from appliance.web.strict_body import read_body
from tests.web.scripted_unit import ROOT, uuid_of

QUICK = settings(
    max_examples=80,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
KEYS = [path for path, _ in setting_fields(Settings)]
MANIFESTS = sorted((ROOT / "models" / "artifacts").glob("*.json"))

scalars: SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


def one_line_or_fine(read: Callable[[], object]) -> None:
    """The reader may take it or refuse it, in one line."""
    complaint = "fine"
    try:
        read()
    except ApplianceError as exc:
        complaint = str(exc)
    assert complaint
    assert "\n" not in complaint


@st.composite
def damaged(draw: Any, whole: bytes) -> bytes:
    """A real file with some bytes exchanged, left out or repeated."""
    found = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(found) - 1, 0)))
        length = draw(st.integers(0, 40))
        found[at : at + length] = draw(
            st.binary(max_size=20) | st.just(found[at : at + length] * 2)
        )
    return bytes(found)


# --- settings -----------------------------------------------------------------------------


def toml_of(value: Any) -> str:
    """Like TOML; not always right."""
    return json.dumps(value, ensure_ascii=False)


@QUICK
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=12), values, max_size=5))
@example({"camera.ignore_zones": [[[0, 0], [float("nan"), 1], [1, 1]]]})
@example({"rules": [{"name": "x", "when": [], "then": {}}]})
def test_settings_are_taken_or_refused_in_one_line(table: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {toml_of(value)}" for key, value in table.items())
    one_line_or_fine(lambda: parse_settings(text, where="config.toml"))


@QUICK
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(b"a = " + b"[" * 20_000)
@example(b"a = " + b"{a = " * 20_000)
@example(b"a" + b".a" * 1_000 + b" = 1")
@example(b"[panel]\nport = " + b"9" * 10_000)
@example(b"\xef\xbb\xbf[panel]")
def test_a_settings_file_may_hold_anything(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    one_line_or_fine(lambda: load_settings(path))


@QUICK
@given(st.sampled_from(KEYS), st.text(max_size=30) | values.map(toml_of))
@example("panel.place", "[" * 20_000)
@example("panel.port", "9" * 10_000)
def test_a_setting_that_is_typed_is_taken_or_refused(tmp_path: Path, key: str, value: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# kept\n[panel]\nport = 8080\n")
    one_line_or_fine(lambda: set_setting(path, key, value))
    assert path.read_text(encoding="utf-8").startswith("# kept\n")
    load_settings(path)


# --- networks, tables, backups, links -----------------------------------------------------


@QUICK
@given(st.data())
def test_a_damaged_manifest_is_refused_in_one_line(tmp_path: Path, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(MANIFESTS)).read_bytes()
    content = json.loads(whole)
    content.pop("self_test", None)
    key = data.draw(st.sampled_from(sorted(content)))
    content[key] = data.draw(values)
    changed = json.dumps(content).encode()
    path = tmp_path / "network.json"
    path.write_bytes(data.draw(st.just(changed) | damaged(whole)))
    one_line_or_fine(lambda: load_manifest(path))


def test_a_manifest_that_is_too_deep_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(ApplianceError):
        load_manifest(tmp_path / "deep.json")


cells = st.text(max_size=12) | st.sampled_from(
    ["0", "-1", "1e999", "nan", "٣", "2027-02-30", "9999-12-31", "mon-fri 07:00-09:30", "yes"]
)


@QUICK
@given(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=11), st.data())
def test_a_table_of_campaigns_is_taken_or_refused(
    tmp_path: Path, header: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.lists(cells, max_size=11), max_size=4))
    text = "\n".join(",".join(row) for row in [["name", "advertiser", *header], *rows])
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "cp949", "utf-16"]))
    path = tmp_path / "campaigns.csv"
    path.write_bytes(text.encode(encoding, "replace"))
    one_line_or_fine(lambda: read_campaigns(path))


@QUICK
@given(st.binary(max_size=400))
@example(b'"' + b"a" * 200_000)
@example(b"name,advertiser\n" + b"," * 50_000)
@example(b"name,advertiser,clips\na,b," + b"9" * 5_000)
def test_a_table_may_hold_anything(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "campaigns.csv"
    path.write_bytes(content)
    one_line_or_fine(lambda: read_campaigns(path))


@QUICK
@given(st.binary(max_size=2_000))
@example(b"\0" * 1024)
@example(b"manifest.json" + b"\0" * 499)
def test_a_backup_may_be_anything(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "backup.tar"
    path.write_bytes(content)
    one_line_or_fine(lambda: check_archive(path))


@QUICK
@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b"9" * 10_000)
def test_files_of_the_unit_s_own_may_be_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "interest.json").write_bytes(content)
    one_line_or_fine(InterestFile(tmp_path).read)
    RunningUnit.path(tmp_path).write_bytes(content)
    one_line_or_fine(lambda: RunningUnit.find(tmp_path))


links = QrLink(Settings, "s" * 64, lambda: "http://unit")


@QUICK
@given(st.text(max_size=60) | damaged(links.token_for(uuid_of(1)).encode()))
@example("." * 10_000)
@example("AAAA." + "9" * 10_000 + ".AAAA")
def test_a_token_is_the_unit_s_own_or_forged(token: str | bytes) -> None:
    text = token if isinstance(token, str) else token.decode("latin-1")
    try:
        assert links.play_id_of(text) == uuid_of(1)
    except (LinkForgedError, LinkExpiredError):
        pass
    else:
        # A damage that changes nothing, such as bytes exchanged for themselves.
        assert links.token_for(uuid_of(1)).split(".")[0] == text.split(".")[0]


# --- requests -----------------------------------------------------------------------------


app = Flask("fuzz")


@QUICK
@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 4_000)
@example(b'{"pause_s": 1e400}')
@example(b'{"play_id": "\\ud800"}')
def test_a_message_is_what_it_should_be_or_refused_in_one_line(body: bytes) -> None:
    for kind in (PlaybackBody, RatingBody, SensingBody, StaffBody):
        with app.test_request_context(data=body, content_type="application/json", method="POST"):
            complaint: str | None = "fine"
            try:
                read_body(kind)
            except BadRequest as exc:
                complaint = exc.description
            assert complaint
            assert "\n" not in complaint


@QUICK
@given(st.text(max_size=50))
@example("fe80::1%" + "x" * 1000)
def test_any_address_is_somebody_s(address: str) -> None:
    assert client_of(address)


@pytest.fixture(scope="module")
def media() -> Any:
    from tests.web.scripted_unit import ScriptedUnit

    unit = ScriptedUnit()
    yield unit.app.test_client()
    unit.server.stop()


size = (ROOT / "appliance/content/starter/clips/rain.mp4").stat().st_size
number = st.integers(0, 2 * size).map(str) | st.just("") | st.just("9" * 5_000)
ranges = st.builds(lambda first, last: f"{first}-{last}", number, number) | st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=12
)


@QUICK
@given(st.lists(ranges, min_size=1, max_size=3).map(",".join), st.booleans())
def test_a_range_is_answered_with_that_part_or_refused(
    media: Any, text: str, has_unit: bool
) -> None:
    header = f"bytes={text}" if has_unit else text
    answer = media.get("/media/rain.mp4", headers={"Range": header}, buffered=False)
    assert answer.status_code in (200, 206, 416)
    if answer.status_code == 206:
        first, _, last = answer.headers["Content-Range"].split()[1].split("/")[0].partition("-")
        assert answer.content_length == int(last) - int(first) + 1
        assert int(last) < size
    answer.close()
