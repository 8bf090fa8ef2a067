"""sqlite-utils without pandas and numpy, which it loads where they are installed (4.2.1).

It wants them to write tables of theirs, which the unit never does. pandas takes 37 MB, and both
together two thirds of the start of a command that reads the database.
"""

from __future__ import annotations

import sys

_hidden = [name for name in ("pandas", "numpy") if name not in sys.modules]
for _name in _hidden:
    # What is None here is not found by an import.
    sys.modules[_name] = None  # type: ignore[assignment]
try:
    import sqlite_utils
finally:
    for _name in _hidden:
        del sys.modules[_name]

__all__ = ["sqlite_utils"]
