"""What was found for one Service: the list of results, and the page of the one under the cursor."""

from textual.app import ComposeResult
from textual.containers import Container

from diagnostics.checks.catalogue import check_by, group_of
from diagnostics.model.finding import Finding, Report, Result
from diagnostics.remedies.offered.catalogue import REMEDIES
from widgets.finding_detail import FindingDetail
from widgets.notice import Notice
from widgets.result_list import ResultList, ResultRow
from widgets.row_list import RowList


class FindingsPane(Container):
    """List and page, one under the other or beside each other; enter goes from the list into the page."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        """What could not be read above, then list and page."""
        yield Notice(id="notice")
        yield ResultList(ascii_only=self._ascii_only, id="results")
        yield FindingDetail(id="detail")

    @property
    def notice(self) -> Notice:
        """The lines above the list."""
        return self.query_one("#notice", Notice)

    @property
    def current(self) -> ResultRow | None:
        """The row under the cursor."""
        return self.query_one(ResultList).current

    @property
    def text(self) -> str:
        """The page as plain text, for copying."""
        return self.query_one(FindingDetail).text

    def show(self, report: Report, at: tuple[Result, Finding | None] | None) -> None:
        """Shows a report with the cursor on a result and finding, else on the worst finding."""
        self.query_one(ResultList).list_report(report, group_of, at)

    def focus_list(self) -> None:
        """Gives the keys to the list."""
        self.query_one(ResultList).focus()

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The page follows the cursor."""
        event.stop()
        result = event.item.result
        titles = {remedy.slug: remedy.title for remedy in REMEDIES}
        self.query_one(FindingDetail).explain(event.item, check_by(result.code) if result else None, titles)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter moves into the page."""
        event.stop()
        self.query_one(FindingDetail).focus()
