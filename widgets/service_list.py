"""The list of Services with a verdict each."""

from diagnostics.datapath.summary import ServiceSummary
from widgets.row_list import Cell, Column, RowList
from widgets.service_index import ServiceIndex
from widgets.tokens import badge


class ServiceList(RowList[ServiceSummary]):
    """Services, worst verdict first unless sorted otherwise. Heads of columns that sort can be clicked."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        def verdict(row: ServiceSummary) -> Cell:
            if row.keeping is None:
                return Cell(".. " if ascii_only else "… ", "dim")
            mark = badge(row.keeping, ascii_only)
            return Cell(f"{mark.glyph} {mark.word}", mark.token)

        super().__init__(
            (
                Column("CLIENT ADDRESS", verdict, 14, sort="verdict"),
                Column("SERVICE", lambda row: Cell(row.key, "strong"), 22, grow=3, sort="name"),
                Column("TYPE", lambda row: Cell(row.type), 12, sort="type"),
                Column("POLICY", lambda row: Cell(row.policy), 7, from_width=66),
                Column("EP", _endpoints, 4, sort="endpoints"),
                Column("REACHED AT", lambda row: Cell(" ".join(row.addresses)), 14, grow=2, from_width=140),
                Column("WHY", lambda row: Cell(row.reason, "dim"), 20, grow=6, from_width=100),
            ),
            id=id,
        )

    def list_services(self, index: ServiceIndex, sort: str, filter_text: str, *, is_renewed: bool = False) -> None:
        """Shows the rows that match, in order; the cursor stays on its Service when that is still listed.

        `is_renewed`: nobody asked, only the rows are newer. Then all stays where it is as far as it can.
        """
        standing = self.current.key if self.current else ""
        chosen = index.arranged(sort, filter_text)
        place = next((place for place, row in enumerate(chosen) if row.key == standing), -1)
        if is_renewed:
            self.renew(chosen, place if place >= 0 else self.cursor)
        else:
            self.show(chosen, max(0, place))


def _endpoints(row: ServiceSummary) -> Cell:
    if not row.knows_endpoints:
        return Cell("?", "dim")
    return Cell(str(row.endpoints), "" if row.endpoints else "bad")
