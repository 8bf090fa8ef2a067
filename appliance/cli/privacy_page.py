"""Whether passers-by can read the notice, as the kiosk's browser has it on the screen now."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from appliance.cli.devtools import NoBrowserError, ask_page
from appliance.cli.findings import Outcome, Verdict
from appliance.cli.privacy_audit import Audit
from appliance.errors import WebError
from appliance.shipped import ui_dir

LEAST_SHARE = 1 / 45
"""Of the page's short side, the height of its letters; the panel's smallest text has 1/36."""

_LOOK = """(() => {
  const notice = document.getElementById("notice"), words = document.getElementById("notice-words");
  if (!notice || !words) return JSON.stringify({there: false});
  const box = words.getBoundingClientRect();
  let opacity = 1;
  for (let each = words; each; each = each.parentElement) {
    const style = getComputedStyle(each);
    const isHidden = style.display === "none" || style.visibility !== "visible";
    opacity *= isHidden ? 0 : Number(style.opacity);
  }
  const above = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  return JSON.stringify({
    there: true, opacity, lines: words.innerText.split("\\n"),
    inside: box.width > 0 && box.left >= 0 && box.top >= 0
      && box.right <= innerWidth && box.bottom <= innerHeight,
    covered: above === null || !(notice.contains(above) || above.closest("#privacy")),
    size: parseFloat(getComputedStyle(words).fontSize) / Math.min(innerWidth, innerHeight),
  });
})()"""


def notice(audit: Audit) -> Outcome:
    """It is on the screen, uncovered, large enough, and says what is true now."""
    devtools = audit.context.settings.panel.devtools_port
    panel = urlsplit(audit.running.panel_url).port or audit.context.settings.panel.port
    if devtools == 0:
        return Verdict.WARN, "not proved: panel.devtools_port is 0, so no browser can be asked"
    parameters = {"expression": _LOOK, "returnByValue": True}
    try:
        seen = ask_page(devtools, panel, "Runtime.evaluate", parameters, _seen_in)
    except NoBrowserError as exc:
        return Verdict.WARN, (
            f"not proved: {exc}; start the kiosk's browser with --remote-debugging-port={devtools}"
        )
    except WebError as exc:
        return Verdict.FAIL, f"not proved: {exc}; reload the page and check again"
    wrong = _wrong_with(seen, str(audit.status.get("sensing")))
    if wrong is not None:
        return Verdict.FAIL, f"the notice on the page {wrong}; reload the page and look at it"
    return Verdict.OK, f"on the page, uncovered: {' / '.join(seen['lines'])}"


def _wrong_with(seen: dict[str, Any], sensing: str) -> str | None:
    if not seen.get("there"):
        return "is not there"
    lines = [line for line in seen["lines"] if line.strip()]
    true = _notices("on" if sensing == "on" else "")
    if not lines or not all(any(text.fullmatch(line) for text in true) for line in lines):
        return f"says {' / '.join(lines) or 'nothing'} while sensing is {sensing}"
    if seen["opacity"] < 0.5:
        return "cannot be seen"
    if not seen["inside"]:
        return "is not wholly on the screen"
    if seen["covered"]:
        return "is covered"
    return "is too small to read" if seen["size"] < LEAST_SHARE else None


def _notices(state: str) -> list[re.Pattern[str]]:
    """The page's own words for a state, in every language; without one, for all states."""
    texts = []
    for path in (ui_dir() / "panel" / "i18n").glob("*.json"):
        for key, text in json.loads(path.read_text(encoding="utf-8")).items():
            if key.startswith(f"notice_{state}"):
                texts.append(re.compile(re.escape(text).replace(r"\{minutes\}", r"\d+")))
    return texts


def _seen_in(answer: dict[str, Any]) -> dict[str, Any]:
    try:
        seen = json.loads(answer["result"]["result"]["value"])
    except (KeyError, TypeError) as exc:
        raise ValueError("it answered without a value") from exc
    if not isinstance(seen, dict):
        raise ValueError("no object")
    return seen
