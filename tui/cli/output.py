"""Writes data to stdout: tables for people, JSON and YAML for programs, Markdown for tickets.

No escape code leaves when stdout is no terminal or NO_COLOR is set, unless `--color always` asks for it.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tui.cli.call import Call
from tui.cli.long_output import LongOutput
from tui.cli.stop import usage
from tui.request import ColorMode

_PIPE_WIDTH = 4000  # never cut or fold a line that another program reads
_PLAIN_LETTERS = str.maketrans({"→": "->", "…": "...", "×": "x", "–": "-", "—": "-", "·": "-", "≠": "!="})

WORD_STYLES = {
    "broken": "bold red",
    "risky": "yellow",
    "note": "cyan",
    "unknown": "magenta",
    "passed": "green",
    "deny": "bold red",
    "allow": "green",
    "keeps": "green",
    "sometimes": "yellow",
    "never": "bold red",
    "delivered": "green",
    "dropped": "bold red",
    "rejected": "bold red",
    "lost": "bold red",
    "unhandled": "bold red",
    "met": "green",
    "unmet": "bold red",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of texts: one renderer for people, one for Markdown."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Output:
    """Stdout of one call."""

    def __init__(self, call: Call) -> None:
        color = call.request.color
        self._stream = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - lives as long as the process
        self.is_terminal = self._stream.isatty()
        self._unicode = "utf" in (self._stream.encoding or "").lower()
        no_color = color is ColorMode.NEVER or (color is ColorMode.AUTO and bool(os.environ.get("NO_COLOR")))
        dumb = os.environ.get("TERM", "") in ("dumb", "")
        self.colors = color is ColorMode.ALWAYS or (self.is_terminal and not no_color and not dumb)
        self._console = Console(
            file=self._stream,
            force_terminal=self.colors,
            no_color=not self.colors,
            color_system="auto" if self.is_terminal else ("standard" if self.colors else None),
            width=None if self.is_terminal else _PIPE_WIDTH,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
        )

    def text(self, text: str) -> None:
        """Plain text, ended with a newline."""
        self._stream.write(self._encodable(text).rstrip("\n") + "\n")

    def exact(self, text: str) -> None:
        """Text to be run or applied: it leaves as it is or not at all. Raises Stop."""
        if self._encodable(text) != text:
            encoding = self._stream.encoding
            raise usage(f"This holds letters that {encoding} does not have. Set PYTHONUTF8=1 or a UTF-8 locale.")
        self.text(text)

    def heading(self, text: str) -> None:
        """A line over a table."""
        self.show(Text(self._encodable(text), style="bold"))

    def sentence(self, text: str) -> None:
        """A sentence for people, folded at the width of the terminal."""
        self.show(Text(self._encodable(text)))

    def set_in(self, text: str) -> None:
        """A sentence below a heading, set in as a whole."""
        self.show(Padding(Text(self._encodable(text)), (0, 0, 0, 2)))

    def show(self, renderable: RenderableType) -> None:
        """Anything that rich can draw."""
        if self.is_terminal or self.colors:
            self._console.print(renderable)
            return
        with self._console.capture() as captured:
            self._console.print(renderable)
        for line in captured.get().splitlines():
            self._stream.write(line.rstrip() + "\n")

    def grid(self, grid: Grid) -> None:
        """A table; words with a meaning have a colour where colours are."""
        if not (self.is_terminal or self.colors):
            self._plain_grid(grid)
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
        for heading in grid.headings:
            table.add_column(heading.upper(), overflow="fold", no_wrap=not self.is_terminal)
        for row in grid.rows:
            table.add_row(*(Text(self._encodable(cell), style=WORD_STYLES.get(cell, "")) for cell in row))
        self.show(table)

    def _plain_grid(self, grid: Grid) -> None:
        """The same without rich, which takes many seconds for ten thousand rows."""
        headings = tuple(heading.upper() for heading in grid.headings)
        rows = [[self._encodable(cell).replace("\n", " ") for cell in row] for row in (headings, *grid.rows)]
        widths = [max(cell_len(row[column]) for row in rows) for column in range(len(headings) - 1)]
        for *cells, last in rows:
            padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths)]
            self._stream.write("  ".join((*padded, last)).rstrip() + "\n")

    def fits(self, grid: Grid) -> bool:
        """Whether the table needs no folding; in a pipe every table fits."""
        widths = (max(map(cell_len, column)) for column in zip(grid.headings, *grid.rows))
        return not self.is_terminal or sum(widths) + 2 * len(grid.headings) <= self._console.width

    def blocks(self, texts: Sequence[str]) -> None:
        """Texts of several lines, the first of each leading and the others set in."""
        for text in texts:
            first, *others = self._encodable(text).splitlines()
            self.show(Text(first))
            for line in others:
                self.show(Padding(Text(line, style="dim" if line != others[0] else ""), (0, 0, 0, 4)))

    def markdown(self, text: str) -> None:
        """A Markdown page: drawn on a terminal, as it is elsewhere."""
        if self.is_terminal or self.colors:
            self.show(Markdown(self._encodable(text)))
        else:
            self.text(self._encodable(text))

    def markdown_grid(self, grid: Grid) -> None:
        """The table in GitHub's Markdown."""
        lines = [grid.headings, tuple("---" for _ in grid.headings), *grid.rows]
        self.text("\n".join("| " + " | ".join(map(markdown_text, line)) + " |" for line in lines))

    def data(self, document: Any, form: str) -> None:
        """A document of the contract as `json` or `yaml`."""
        if form == "json":
            self.text(json.dumps(document, indent=2, ensure_ascii=not self._unicode))
            return
        import yaml

        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        text = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=self._unicode, width=1000)
        self.text(text)

    @property
    def long(self) -> LongOutput:
        """For documents that are written item by item."""
        return LongOutput(self._stream, all_letters=self._unicode)

    def _encodable(self, text: str) -> str:
        if self._unicode:
            return text
        encoding = self._stream.encoding or "ascii"
        return text.translate(_PLAIN_LETTERS).encode(encoding, "replace").decode(encoding)


def markdown_text(text: str) -> str:
    """The text on one line, without anything that Markdown or HTML would take for more than text."""
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("](", "]\\(")  # no link, no picture
    return " ".join(escaped.split()) or " "
