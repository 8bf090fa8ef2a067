"""The phone pages as a static site: what is in it, what never is, and what the folder keeps."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from appliance.domain import ClipKind
from appliance.errors import WebError
from appliance.store.clips import ClipStore
from appliance.web.phone.static_site import SiteFile, static_site
from appliance.web.phone.static_site_folder import (
    INDEX,
    Exported,
    ExportStoppedError,
    read_index,
    write_site,
)
from appliance.web.phone.static_site_names import is_site_file
from tests.web.phone_place import PhonePlace
from tests.web.scripted_unit import UI_DIR


def export(place: PhonePlace, folder: Path, *, with_clips: bool = False) -> Exported:
    now = dt.datetime.now().astimezone()
    files = static_site(
        database_path=place.database_path,
        media_dir=place.clips_dir,
        ui_dir=UI_DIR,
        settings=place.settings,
        now=now,
        with_clips=with_clips,
    )
    return write_site(folder, files, now)


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhonePlace]:
    place = PhonePlace(tmp_path_factory.mktemp("busy"))
    place.a_busy_day()
    yield place
    place.database.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PhonePlace]:
    place = PhonePlace(tmp_path / "place", has_starters=False)
    yield place
    place.database.close()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_every_clip_has_a_page_in_both_languages(busy: PhonePlace, site: Path) -> None:
    export(busy, site)
    clip = busy.clip("Ongi Bakery")
    korean = (site / f"clip-{clip.id}.html").read_text(encoding="utf-8")
    english = (site / f"clip-{clip.id}.en.html").read_text(encoding="utf-8")
    assert '<html lang="ko">' in korean
    assert "<h1>온기 제과점</h1>" in korean
    assert '<html lang="en">' in english
    assert f'href="clip-{clip.id}.html"' in english
    for page in (korean, english):
        assert '<svg class="chart"' in page
        assert '<ol class="ranking">' in page
        assert 'id="privacy"' in page


def test_no_page_asks_for_an_answer_or_runs_a_script(busy: PhonePlace, site: Path) -> None:
    export(busy, site)
    for path in site.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "<form" not in page
        assert "<script" not in page
        assert "<button" not in page


def test_videos_come_only_when_asked_for(busy: PhonePlace, site: Path) -> None:
    export(busy, site)
    assert not (site / "videos").exists()
    export(busy, site, with_clips=True)
    clip = busy.clip("Ongi Bakery")
    assert (site / "videos" / clip.file).read_bytes() == (busy.clips_dir / clip.file).read_bytes()
    export(busy, site)
    assert not (site / "videos").exists()


def test_few_answers_and_few_visits_are_not_published(place: PhonePlace, site: Path) -> None:
    clip = place.add_clip(kind=ClipKind.HEALING, title="혼자")
    for _ in range(4):
        place.show(clip, hour=12, days_ago=1, rating=1, seconds=9)
    export(place, site)
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "ranking" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert "<polygon" not in page
    place.show(clip, hour=12, days_ago=1, rating=1, seconds=9)
    export(place, site)
    page = (site / "index.html").read_text(encoding="utf-8")
    assert '<ol class="ranking">' in page
    assert "<polygon" in page


def test_clips_that_may_not_be_shown_are_not_published(place: PhonePlace, site: Path) -> None:
    waits = place.add_clip(kind=ClipKind.AD, title="waits", approved=False)
    off = place.add_clip(kind=ClipKind.AD, title="off", enabled=False)
    export(place, site)
    assert names_in(site) == {"index.html", "index.en.html", INDEX}
    assert not (site / f"clip-{waits.id}.html").exists()
    assert not (site / f"clip-{off.id}.html").exists()


def test_a_title_is_text_not_markup(place: PhonePlace, site: Path) -> None:
    clip = place.add_clip(
        kind=ClipKind.AD, title="<script>alert(1)</script>", link="javascript:alert(1)"
    )
    export(place, site)
    page = (site / f"clip-{clip.id}.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "javascript:" not in page


def test_what_a_removed_clip_left_goes_and_nothing_else(place: PhonePlace, site: Path) -> None:
    gone = place.add_clip(kind=ClipKind.HEALING, title="gone")
    stays = place.add_clip(kind=ClipKind.HEALING, title="stays")
    export(place, site)
    (site / "CNAME").write_text("signage.example.org")
    ClipStore(place.database).remove(gone.id)
    assert export(place, site).removed == 2
    assert not (site / f"clip-{gone.id}.html").exists()
    assert (site / f"clip-{stays.id}.html").exists()
    assert (site / "CNAME").read_text() == "signage.example.org"


def test_a_folder_of_somebody_else_is_refused_and_left_as_it_is(
    place: PhonePlace, site: Path
) -> None:
    site.mkdir()
    (site / "thesis.txt").write_text("years of work")
    with pytest.raises(WebError, match="not empty"):
        export(place, site)
    assert names_in(site) == {"thesis.txt"}


def test_a_foreign_file_of_the_same_name_is_not_overwritten(place: PhonePlace, site: Path) -> None:
    export(place, site)
    number = place.add_clip(kind=ClipKind.HEALING, title="new").id
    (site / f"clip-{number}.html").write_text("mine")
    with pytest.raises(WebError, match="was not written by an export"):
        export(place, site)
    assert (site / f"clip-{number}.html").read_text() == "mine"


def test_pages_that_are_the_same_are_not_written_again(site: Path) -> None:
    now = dt.datetime.now().astimezone()
    files = [SiteFile("index.html", lambda: b"same"), SiteFile("clip-1.html", lambda: b"same")]
    assert write_site(site, files, now).written == 2
    assert write_site(site, files, now).written == 0


def test_an_export_that_breaks_off_leaves_whole_files_and_can_be_repeated(site: Path) -> None:
    def breaks() -> bytes:
        raise OSError(28, "No space left on device")

    now = dt.datetime.now().astimezone()
    good = SiteFile("clip-1.html", lambda: b"whole")
    with pytest.raises(WebError, match="No space left"):
        write_site(site, [good, SiteFile("clip-2.html", breaks)], now)
    assert names_in(site) == {"clip-1.html", INDEX}
    index = read_index(site)
    assert index is not None
    assert index.written_at is None
    (site / ".clip-2.html.unfinished").write_text("ha")  # as a power failure leaves it
    assert write_site(site, [SiteFile("clip-3.html", lambda: b"new")], now).removed == 2
    assert names_in(site) == {"clip-3.html", INDEX}


def test_a_stopping_unit_breaks_off(site: Path) -> None:
    with pytest.raises(ExportStoppedError):
        write_site(
            site, [SiteFile("index.html", bytes)], dt.datetime.now().astimezone(), lambda: True
        )


def test_two_exports_do_not_write_at_once(site: Path) -> None:
    site.mkdir()
    descriptor = os.open(site, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(WebError, match="another export"):
        write_site(site, [], dt.datetime.now().astimezone())
    os.close(descriptor)


@pytest.mark.parametrize("name", ["../../thesis.txt", "/etc/passwd", "thesis.txt", 7, None])
def test_an_index_that_names_foreign_files_is_refused(
    site: Path, tmp_path: Path, name: object
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    now = dt.datetime.now().astimezone()
    write_site(site / "a" / "b", [], now)
    path = site / "a" / "b" / INDEX
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": [name]}))
    with pytest.raises(WebError, match="damaged"):
        write_site(site / "a" / "b", [], now)
    assert (tmp_path / "thesis.txt").exists()


PIECES = (
    "..",
    ".",
    "/",
    "\\",
    "\n",
    "index",
    "clip-",
    "1",
    "pictures",
    "videos",
    ".html",
    ".jpg",
    "a",
)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.sampled_from(PIECES))
def test_no_name_of_a_site_file_leads_out_of_the_folder(middle: str, last: str) -> None:
    for name in (f"{middle}{last}", f"{middle}clip-1.html", f"pictures/{middle}a.jpg"):
        if is_site_file(name):
            parts = Path(name).parts
            assert not name.startswith((".", "/"))
            assert ".." not in parts
            assert len(parts) == 1 or (len(parts) == 2 and parts[0] in ("pictures", "videos"))


@pytest.fixture
def over_http(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.end_to_end
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_all_pages_open_in_a_browser_and_all_links_resolve(
    busy: PhonePlace, site: Path, over_http: str, browser: Browser, scheme: str
) -> None:
    export(busy, site, with_clips=True)
    root = over_http if scheme == "http" else f"{site.as_uri()}/"
    asked: list[str] = []
    failed: list[str] = []
    page = browser.new_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda answer: answer.status < 400 or failed.append(answer.url))
    waiting, seen = [f"{root}index.html"], set[str]()
    while waiting:
        url = waiting.pop()
        seen.add(url)
        page.goto(url)
        page.wait_for_load_state("load")
        for element in page.locator("main, section, header img, header video, .clips li").all():
            box = element.bounding_box()
            assert box is None or box["x"] + box["width"] <= 390
        for attribute in ("href", "src", "poster"):
            for element in page.locator(f"[{attribute}]").all():
                link = element.get_attribute(attribute) or ""
                parts = urlsplit(link)
                if parts.scheme in ("https", "tel"):
                    assert attribute == "href"  # a link to follow, nothing that is loaded
                    continue
                assert not parts.scheme
                assert not link.startswith("/")
                assert (site / unquote(link)).is_file(), link
                if link.endswith(".html") and root + link not in seen:
                    waiting.append(root + link)
    page.close()
    assert {unquote(url.removeprefix(root)) for url in seen} == {
        name for name in names_in(site) if name.endswith(".html")
    }
    assert all(url.startswith(root) for url in asked)
    assert [url for url in failed if not url.endswith("favicon.ico")] == []
