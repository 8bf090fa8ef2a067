"""What a command that checks many things prints: a line for each, and an exit status."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar

import click

from appliance.errors import ApplianceError

Subject = TypeVar("Subject")


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


Outcome = tuple[Verdict, str]


@dataclass(frozen=True, slots=True)
class Finding:
    part: str
    verdict: Verdict
    message: str
    """What was found, and what to do about it."""


def findings_of(
    checks: Mapping[str, Callable[[Subject], Outcome]], subject: Subject
) -> Iterator[Finding]:
    """Every check in turn; one that fails does not keep the others from running."""
    for part, check in checks.items():
        try:
            verdict, message = check(subject)
        except ApplianceError as exc:
            verdict, message = Verdict.FAIL, str(exc)
        yield Finding(part, verdict, message)


def report_and_exit(findings: Iterable[Finding], *, as_json: bool) -> None:
    """Print them as they come; exit status 1 where one failed."""
    colours = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}
    done = []
    for finding in findings:
        done.append(finding)
        if not as_json:
            mark = click.style(f"{finding.verdict:<4}", fg=colours[finding.verdict])
            click.echo(f"{mark}  {finding.part:<10} {finding.message}")
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in done], ensure_ascii=False, indent=2))
    sys.exit(any(finding.verdict is Verdict.FAIL for finding in done))
