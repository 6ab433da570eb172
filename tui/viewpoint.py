"""From where one Service is looked at: which of its addresses, where the client stands, which address it has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from diagnostics.datapath.path import Access, Path
from diagnostics.datapath.summary import by_access
from diagnostics.datapath.trace import trace
from diagnostics.model.case import Case
from diagnostics.policy.judge import PolicyVerdict
from tui.client_field import example_address, judged, told
from tui.examination import Standpoint, standpoints


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen from a viewpoint: the Paths of one access with what policies do, and the words above them.

    `addresses` counts the accesses of the Service that there are to look at.
    """

    access: Access
    paths: tuple[Path, ...]
    verdicts: Mapping[Path, PolicyVerdict]
    title: str
    addresses: int


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """`access` and `standpoint` count from 0 and wrap around; `client` is an address or range, empty for none."""

    access: int = 0
    standpoint: int = 0
    client: str = ""

    def look(self, case: Case) -> Look | None:
        """What is seen; None when no proxy handles the Service."""
        places = self._places(case)
        place = places[self.standpoint % len(places)]
        accesses = by_access(trace(case, place.vantage))
        if not accesses:
            return None
        number = self.access % len(accesses)
        access, paths = list(accesses.items())[number]
        verdicts = judged(case, paths, self.client)
        whom = (not self.standpoint and self.client) or place.words
        title = f"{name_of(access)} ({number + 1} of {len(accesses)}), from {whom}{told(verdicts)}"
        return Look(access, paths, verdicts, title, len(accesses))

    def next_access(self) -> "Viewpoint":
        """The next address of the Service."""
        return replace(self, access=self.access + 1)

    def next_place(self, case: Case) -> "Viewpoint":
        """The next place of the client."""
        return replace(self, standpoint=(self.standpoint + 1) % len(self._places(case)), access=0)

    def of_client(self, client: str) -> "Viewpoint":
        """A client outside with this address or range."""
        return replace(self, client=client, standpoint=0)

    def onto(self, case: Case, path: Path) -> tuple["Viewpoint", int] | None:
        """Where a Path of a client outside is seen, and its number there from 1; None when it is nowhere."""
        outside = replace(self, standpoint=0)
        accesses = by_access(trace(case, outside._places(case)[0].vantage))
        for place, (access, paths) in enumerate(accesses.items()):
            for number, item in enumerate(paths, 1):
                if access == path.access and (item.ingress, item.endpoint) == (path.ingress, path.endpoint):
                    return replace(outside, access=place), number
        return None

    def _places(self, case: Case) -> tuple[Standpoint, ...]:
        return standpoints(case, example_address(self.client))


def name_of(access: Access) -> str:
    """An access in full, as above the drawing."""
    where = f"[{access.address}]" if ":" in access.address else access.address
    return f"{access.kind.value} {where}:{access.port}" if access.address else f"{access.kind.value} {access.port}"
