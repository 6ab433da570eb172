"""A scrolling column of text: headed paragraphs, lists of evidence and blocks to copy. Nothing in it is markup."""

from dataclasses import dataclass
from enum import StrEnum

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static


class Look(StrEnum):
    """How a block of text looks; the value is its style class."""

    HEADING = "heading"
    PLAIN = "plain"
    COMMAND = "command"
    DANGER = "danger"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of text."""

    text: str
    look: Look = Look.PLAIN


class Reading(VerticalScroll, can_focus=True):
    """Shows blocks one under another and scrolls."""

    DEFAULT_CSS = """
    Reading {
        background: $background;
        padding: 0 1;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .heading { text-style: bold; color: $text-accent; margin-top: 1; }
        & > .heading.-first { margin-top: 0; }
        & > .command { background: $surface; color: $foreground; padding: 0 1; border-left: thick $primary; }
        & > .danger { color: $text-warning; border-left: thick $warning; padding: 0 1; }
        & > .quiet { color: $text-muted; }
        & > Static { width: 100%; height: auto; }
    }
    Reading:focus { background-tint: $foreground 3%; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks: tuple[Block, ...] = ()

    def compose(self) -> ComposeResult:
        """One Static a block."""
        for index, block in enumerate(self._blocks):
            yield Static(Content(block.text), classes=f"{block.look}{' -first' if index == 0 else ''}")

    def read(self, *blocks: Block) -> None:
        """Shows other blocks, from the top."""
        if blocks == self._blocks:
            return
        self._blocks = blocks
        self.refresh(recompose=True)
        self.scroll_home(animate=False)

    @property
    def text(self) -> str:
        """All of it as plain text, for copying."""
        return "\n\n".join(block.text for block in self._blocks)


def heading(text: str) -> Block:
    """A heading."""
    return Block(text, Look.HEADING)


def command(text: str) -> Block:
    """A command or manifest to copy."""
    return Block(text, Look.COMMAND)


def danger(text: str) -> Block:
    """Something that bites here; the sign tells it without colour."""
    return Block(f"! {text}", Look.DANGER)


def quiet(text: str) -> Block:
    """Less important words."""
    return Block(text, Look.QUIET)
