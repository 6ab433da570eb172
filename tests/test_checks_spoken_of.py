"""Every finding of the demos that speaks of a hop leads to a path that shows what it says."""

from threading import Event

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.checks.spoken_of import path_spoken_of
from diagnostics.datapath.path import AccessKind, Outcome, Path, Place
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Finding
from tui.request import AppRequest
from tui.source import source_of


def spoken_of(demo: str, key: str) -> dict[str, tuple[Finding, Path | None]]:
    """The first finding of each code with its path."""
    source, event = source_of(AppRequest(demo=demo)), Event()
    snapshot = source.deepen(source.overview(event), key, event)
    case = Case.of(snapshot, key, Cluster(snapshot))
    found: dict[str, tuple[Finding, Path | None]] = {}
    for result in examine(case, CHECKS).found:
        for finding in result.findings:
            found.setdefault(result.code, (finding, path_spoken_of(case, finding)))
    return found


@pytest.mark.parametrize(
    ("demo", "service", "code"),
    [
        ("seed", "shop/web", "AD010"),
        ("seed", "shop/web", "AD001"),
        ("seed", "partner/intake", "AD011"),
        ("seed", "partner/intake", "AD012"),
        ("proxy-all", "shop/web", "AD002"),
        ("proxy-all", "monitoring/node-metrics", "AD004"),
        ("rollout", "shop/web", "AD010"),
    ],
)
def test_what_hides_the_client_leads_to_a_path_that_shows_one_of_the_addresses_it_names(
    demo: str, service: str, code: str
) -> None:
    finding, path = spoken_of(demo, service)[code]
    assert path is not None
    assert path.outcome is Outcome.DELIVERED
    assert not path.keeps_client
    assert path.seen.ip in finding.message


def test_what_is_dropped_or_lost_leads_to_the_path_on_which_it_is() -> None:
    _, local = spoken_of("seed", "shop/checkout")["AD020"]
    assert local is not None
    assert (local.outcome, local.endpoint.place) == (Outcome.DROPPED, Place.NONE)
    _, lost = spoken_of("dual-stack", "shop/web")["AD035"]
    assert lost is not None
    assert lost.access.family == 6
    assert lost.outcome is not Outcome.DELIVERED


def test_what_speaks_of_dsr_leads_to_a_path_that_it_serves() -> None:
    _, path = spoken_of("dsr", "shop/web")["AD038"]
    assert path is not None
    assert path.direct_return
    assert path.access.kind is AccessKind.LOAD_BALANCER


def test_endpoints_lead_to_their_path_and_the_set_up_of_antrea_to_none() -> None:
    assert spoken_of("seed", "legacy/reports")["AD075"][1] is not None
    by_hand = spoken_of("seed", "legacy/mainframe")["AD076"][1]
    assert by_hand is None or "192.0.2.50" in by_hand.endpoint.addresses
    rollout = spoken_of("rollout", "shop/web")
    for code in ("AD080", "AD081", "AD082", "AD088"):
        assert rollout[code][1] is None
