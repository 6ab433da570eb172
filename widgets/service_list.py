"""The list of Services with a verdict each, and its filter."""

from collections.abc import Sequence

from diagnostics.datapath.path import Keeping
from diagnostics.datapath.summary import ServiceSummary
from widgets.filtering import admits
from widgets.row_list import Cell, Column, RowList
from widgets.tokens import badge

_ORDER = (
    Keeping.UNREACHABLE,
    Keeping.NEVER,
    Keeping.SOMETIMES,
    Keeping.CANNOT_TELL,
    Keeping.KEEPS,
    Keeping.NOT_EXPOSED,
)
_SHORT_TYPES = {"LoadBalancer": "lb", "NodePort": "np"}
SORTS = ("verdict", "name", "type", "endpoints")


class ServiceList(RowList[ServiceSummary]):
    """Services, worst verdict first unless sorted otherwise."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        def verdict(row: ServiceSummary) -> Cell:
            if row.keeping is None:
                return Cell(".. " if ascii_only else "… ", "dim")
            mark = badge(row.keeping, ascii_only)
            return Cell(f"{mark.glyph} {mark.word}", mark.token)

        super().__init__(
            (
                Column("CLIENT ADDRESS", verdict, 14),
                Column("SERVICE", lambda row: Cell(row.key, "strong"), 22, grow=3),
                Column("TYPE", lambda row: Cell(row.type), 12),
                Column("POLICY", lambda row: Cell(row.policy), 7, from_width=66),
                Column("EP", _endpoints, 4),
                Column("REACHED AT", lambda row: Cell(" ".join(row.addresses)), 14, grow=2, from_width=140),
                Column("WHY", lambda row: Cell(row.reason, "dim"), 20, grow=6, from_width=100),
            ),
            id=id,
        )

    def list_services(self, rows: Sequence[ServiceSummary], sort: str, filter_text: str) -> None:
        """Shows the rows that match, in order; the cursor stays on its Service when that is still listed."""
        standing = self.current.key if self.current else ""
        chosen = arranged(rows, sort, filter_text)
        place = next((index for index, row in enumerate(chosen) if row.key == standing), 0)
        self.show(chosen, place)


def _endpoints(row: ServiceSummary) -> Cell:
    if not row.knows_endpoints:
        return Cell("?", "dim")
    return Cell(str(row.endpoints), "" if row.endpoints else "bad")


def arranged(rows: Sequence[ServiceSummary], sort: str, filter_text: str) -> list[ServiceSummary]:
    """The rows that match all words of a filter, sorted.

    Fields of the filter are `risk`, `type` (lb and np for short), `ns` and `policy`.
    """
    kept = [row for row in rows if admits(filter_text, _fields(row), _text(row))] if filter_text.strip() else list(rows)
    match sort:
        case "name":
            return sorted(kept, key=lambda row: row.key)
        case "type":
            return sorted(kept, key=lambda row: (row.type, row.key))
        case "endpoints":
            return sorted(kept, key=lambda row: (row.endpoints, row.key))
    return sorted(kept, key=lambda row: (_ORDER.index(row.keeping) if row.keeping else len(_ORDER), row.key))


def _fields(row: ServiceSummary) -> dict[str, tuple[str, ...]]:
    verdict = (row.keeping.value,) if row.keeping else ()
    namespace = (row.key.partition("/")[0],)
    kind = (row.type, _SHORT_TYPES.get(row.type, ""))
    return {
        "risk": verdict,
        "verdict": verdict,
        "type": kind,
        "ns": namespace,
        "namespace": namespace,
        "policy": (row.policy,),
    }


def _text(row: ServiceSummary) -> str:
    return f"{row.key} {row.type} {row.policy} {row.keeping or ''} {' '.join(row.addresses)}"
