"""The documents as data: headings, table rows, links and code. What has to be in them is in ``test_docs``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.repository.test_walls import ROOT, files

_FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[(?:[^\]\[]|`[^`]*`|!\[[^\]]*\]\([^)]*\))*\]\(([^)\s]+)\)")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Document:
    """One Markdown file. ``prose`` is its text without the fenced blocks."""

    path: Path

    @cached_property
    def text(self) -> str:
        """The whole file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """What is not in a fenced block."""
        return _FENCE.sub("", self.text)

    @property
    def name(self) -> str:
        """The path as people write it."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def headings(self) -> Sequence[str]:
        """Every heading, as written."""
        return [found[2].strip() for found in _HEADING.finditer(self.prose)]

    @cached_property
    def anchors(self) -> frozenset[str]:
        """Every heading as the end of a link to it; a second one of the same name is numbered."""
        names = [anchor(heading) for heading in self.headings]
        before = [names[:at].count(name) for at, name in enumerate(names)]
        return frozenset(f"{name}-{n}" if n else name for name, n in zip(names, before, strict=True))

    def section(self, heading: str) -> str:
        """Return the prose under a heading, up to the next one of its level or above."""
        parts = list(_HEADING.finditer(self.prose))
        start = next(part for part in parts if part[2].strip() == heading)
        ends = (part.start() for part in parts if part.start() > start.start() and len(part[1]) <= len(start[1]))
        return self.prose[start.end() : next(ends, len(self.prose))]

    def blocks(self, *languages: str) -> list[str]:
        """Return the fenced blocks of some languages."""
        return [found[2] for found in _FENCE.finditer(self.text) if found[1] in languages]

    @property
    def links(self) -> list[str]:
        """Where its links and pictures lead."""
        return _LINK.findall(self.prose)

    @property
    def code(self) -> list[str]:
        """Everything in backticks."""
        return codes(self.prose)


def codes(text: str) -> list[str]:
    """Return what stands in backticks."""
    return _CODE.findall(text)


def rows(text: str) -> list[Sequence[str]]:
    """Return the cells of every table row, without the head of each table."""
    found: list[Sequence[str]] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            continue
        if set("".join(cells)) <= set("-: "):
            found.pop()
        else:
            found.append(cells)
    return found


def keyed(text: str) -> Mapping[str, Sequence[str]]:
    """Return the rows by the first thing in backticks in their first cell; twice the same is a mistake."""
    named = [(codes(row[0]), row) for row in rows(text)]
    keys = [key[0] for key, _ in named if key]
    assert len(keys) == len(set(keys)), f"twice: {sorted(key for key in keys if keys.count(key) > 1)}"
    return {key[0]: row for key, row in named if key}


def anchor(heading: str) -> str:
    """Return what a heading is called in links, by the rules of the usual hosts."""
    plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return plain.replace(" ", "-")


@cache
def documents() -> Sequence[Document]:
    """Return every document of the repository."""
    return [Document(path) for path in files() if path.suffix == ".md"]


def document(name: str) -> Document:
    """Return one of them."""
    return Document(ROOT / name)
