"""The top line of every screen: which cluster, which Antrea, how old the data is."""

import time

from rich.cells import cell_len, set_cell_size
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from diagnostics.model.case import Cluster


class TitleLine(Widget):
    """One line: name and place on the left, Antrea and the age of the data on the right."""

    DEFAULT_CSS = """
    TitleLine { height: 1; dock: top; background: $panel; color: $foreground; text-style: bold; }
    """

    def __init__(self, where: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._where = where
        self._cluster_text = ""
        self._narrow_text = ""
        self._taken_at = 0.0
        self._live = ""
        self._deeper_at = 0.0
        self._state = ""

    def place(self, where: str) -> None:
        """Says which screen and object are shown."""
        self._where = where
        self.refresh()

    def state(self, words: str) -> None:
        """Says what is going on now, for example `reading…`; empty when nothing is."""
        self._state = words
        self.refresh()

    def live(self, mark: str) -> None:
        """Says by a mark such as `● live` that the data follows the cluster; empty when it does not."""
        if mark != self._live:
            self._live = mark
            self.refresh()

    def deeper(self, read_at: float) -> None:
        """Says when policies and Pods were read, which are not followed (seconds since the epoch)."""
        self._deeper_at = read_at
        self.refresh()

    def cluster(self, cluster: Cluster) -> None:
        """Says which cluster the data is from."""
        snapshot, antrea = cluster.snapshot, cluster.antrea
        versions = ", ".join(antrea.versions) or (
            "present" if antrea.present else "not found" if antrea.present is False else "?"
        )
        self._cluster_text = f"{snapshot.context or snapshot.origin} · Antrea {versions}"
        self._narrow_text = snapshot.context or snapshot.origin
        self._taken_at = snapshot.taken_at
        self.refresh()

    def _age(self) -> str:
        if self._state or not self._taken_at:
            return self._state
        if self._live:
            return f"{self._live}, policies {_clock(self._deeper_at)}" if self._deeper_at else self._live
        return f"read {_clock(self._taken_at)}"

    def render(self) -> RenderResult:
        """Left part wins; the right part is shortened, then dropped."""
        width = self.size.width
        left = f" antrea-doctor  {self._where}" if width >= 60 else f" {self._where}"
        rights = [" · ".join(filter(None, (text, self._age()))) for text in (self._cluster_text, self._narrow_text, "")]
        right = next((text for text in rights if cell_len(left) + cell_len(text) + 3 <= width), "")
        return Content(set_cell_size(left, max(0, width - cell_len(right) - 1)) + right)


def _clock(at: float) -> str:
    """The time of a moment of today, else its day and time: unlike an age it needs no repainting."""
    then = time.localtime(at)
    return time.strftime("%H:%M:%S" if then[:3] == time.localtime()[:3] else "%Y-%m-%d %H:%M", then)
