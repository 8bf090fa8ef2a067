"""Both apps are what their OpenAPI descriptions say, also to requests that nobody would send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, assume, settings
from schemathesis import Case, GenerationMode, Response
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.schemas import BaseSchema

from appliance.config import Settings
from appliance.web.panel.page_link import HEADER
from appliance.web.qr_link import QrLink
from tests.web.phone_place import SECRET, PhonePlace
from tests.web.scripted_unit import PAGE_KEY, ROOT, ScriptedUnit, a_starter_play, uuid_of

WEB = ROOT / "appliance" / "web"
FUZZ = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def description(app: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((WEB / app / "openapi.json").read_text(encoding="utf-8"))
    return found


def schema_of(app: str, **known: str) -> BaseSchema:
    """``known``: values of parameters that nobody guesses; of others any text is tried."""
    found = description(app)
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in known:
                    parameter["schema"]["enum"] = [known[parameter["name"]]]
    modes = GenerationConfig(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    # A range past the end, and the code of a play that is over, are said as they should be.
    fine = {"positive_data_acceptance": {"expected-statuses": ["2xx", "303", "404", "410", "416"]}}
    project = ProjectConfig(generation=modes, checks=ChecksConfig.from_dict(fine))
    projects = ProjectsConfig(default=project)
    return schemathesis.openapi.from_dict(found, config=SchemathesisConfig(projects=projects))


PLAY = uuid_of(1)
TOKEN = QrLink(Settings, SECRET, str).token_for(PLAY)
panel_schema, phone_schema = schema_of("panel", **{HEADER: PAGE_KEY}), schema_of("phone")
scanned_schema = schema_of("phone", token=TOKEN)


@pytest.fixture(scope="module")
def panel() -> Iterator[Flask]:
    unit = ScriptedUnit()
    play = a_starter_play(1, "rain")
    unit.show(play=play, qr_url="http://192.168.0.12:8081/c/x")
    yield unit.app
    unit.server.stop()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhonePlace]:
    place = PhonePlace(tmp_path_factory.mktemp("place"), phone={"requests_per_minute": 6000})
    place.show(place.clip("Ongi Bakery"), play_id=PLAY)
    yield place
    place.database.close()


@pytest.fixture(scope="module")
def phone(place: PhonePlace) -> Flask:
    return place.app()


def routes(app: Flask) -> set[tuple[str, str]]:
    """Method and path of everything the app answers, written as OpenAPI does."""
    return {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def described(app: str) -> set[tuple[str, str]]:
    paths = description(app)["paths"]
    return {(method, path) for path, methods in paths.items() for method in methods}


def test_the_panel_s_description_has_its_routes_and_no_others(panel: Flask) -> None:
    assert described("panel") == routes(panel)


def test_the_phone_s_description_has_its_routes_and_no_others(phone: Flask) -> None:
    assert described("phone") == routes(phone)


def assert_guarded(response: Response) -> None:
    """Whatever was asked, the answer tells the browser to do no more than it must."""
    headers = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


@(panel_schema.exclude(path="/events").parametrize())
@FUZZ
def test_the_panel_keeps_to_its_description(case: Case, panel: Flask) -> None:
    """Without the event stream, which has no end; see test_panel_app."""
    case.operation.schema.app = panel
    assert_guarded(case.call_and_validate(app=panel))


@phone_schema.parametrize()
@FUZZ
def test_the_phone_page_keeps_to_its_description(case: Case, phone: Flask) -> None:
    case.operation.schema.app = phone
    assert_guarded(case.call_and_validate(app=phone))


@(scanned_schema.include(path_regex="token").parametrize())
@FUZZ
def test_the_page_behind_a_scanned_code_keeps_to_its_description(case: Case, phone: Flask) -> None:
    # Werkzeug's client takes an object in a form for a file and leaves it out.
    assume(not (isinstance(case.body, dict) and any(map(is_nested, case.body.values()))))
    case.operation.schema.app = phone
    assert_guarded(case.call_and_validate(app=phone))


def is_nested(value: object) -> bool:
    return isinstance(value, dict | list | tuple)
