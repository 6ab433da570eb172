"""Empty, loading, gap and trouble states in one voice: what is, why, what to do next."""

from textual.content import Content
from textual.widgets import Static


class Notice(Static):
    """A calm block of text in place of missing content.

    `state` picks the look: loading, empty, gap or trouble. The text never is markup.
    """

    DEFAULT_CSS = """
    Notice {
        width: 100%;
        height: auto;
        padding: 1 2;
        color: $text-muted;
        &.-trouble { color: $text-error; }
        &.-gap { color: $text-warning; }
    }
    """

    def say(self, state: str, title: str, *lines: str) -> None:
        """Shows a title and lines in one of the states."""
        for name in ("loading", "empty", "gap", "trouble"):
            self.set_class(name == state, f"-{name}")
        self.display = True
        self.update(Content.assemble((title, "bold"), *(f"\n{line}" for line in lines)))
        # a layout asked for before the first one is done is taken for that one: lines would stay hidden for ever
        self.call_after_refresh(self.refresh, layout=True)

    def hush(self) -> None:
        """Hides the notice."""
        self.display = False
