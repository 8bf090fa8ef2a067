"""Errors of a web server in the log: each kind once, in one line without a client's words."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

MAX_KINDS = 200


class OncePerKind(logging.Filter):
    """Put on a foreign logger, whose lines hold addresses, paths or tracebacks.

    A kind is the place that logs and the error at hand. After ``MAX_KINDS`` it starts afresh.
    """

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        # Waitress logs some errors without handing them over.
        kind, _, trace = record.exc_info or sys.exc_info()
        what = f"{kind.__name__} in {_place(trace)}" if kind else "a trouble"
        text = f"{self._server}: {what} ({record.module}.{record.funcName})"
        record.msg, record.args, record.exc_info, record.exc_text = text, (), None, None
        record.msg += " (further ones are not logged)"
        with self._lock:
            is_new = text not in self._seen
            if len(self._seen) >= MAX_KINDS:
                self._seen.clear()
            self._seen.add(text)
        return is_new


def _place(trace: TracebackType | None) -> str:
    """The innermost line of the program, for example ``parser.py:214``."""
    if trace is None:
        return "an unknown place"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
