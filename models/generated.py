"""Pages with a generated part: what stands between two marks is replaced, the rest is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class GeneratedPart:
    """The part called `name` of the Markdown file at `page`."""

    page: Path
    name: str

    @property
    def begin(self) -> str:
        return f"<!-- {self.name}: generated -->"

    @property
    def end(self) -> str:
        return f"<!-- {self.name}: end -->"

    def put_into(self, text: str, generated: str) -> str:
        """`text` with the part replaced; raises ValueError where it lacks a mark."""
        if self.begin not in text or self.end not in text:
            raise ValueError(f"{self.page} lacks '{self.begin}' or '{self.end}': put both back")
        before, _, rest = text.partition(self.begin)
        return "".join(
            (before, self.begin, "\n", generated, "\n", self.end, rest.partition(self.end)[2])
        )

    def write(self, generated: str) -> None:
        """Replace the part in the file."""
        text = self.page.read_text(encoding="utf-8")
        self.page.write_text(self.put_into(text, generated), encoding="utf-8")
