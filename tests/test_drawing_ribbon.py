"""The packet ribbon: which addresses the packet carries from station to station."""

import pytest
from rich.cells import cell_len

from diagnostics.datapath.hops import HopKind, hops
from diagnostics.datapath.path import AccessKind, Path, Place
from diagnostics.datapath.trace import external_paths
from diagnostics.kube.recorded import demo_names, read_demo
from diagnostics.model.case import Case
from widgets.drawing.words import Line
from widgets.ribbon import ribbon_lines


def _web(demo: str) -> Case:
    return Case.of(read_demo(demo), "shop/web")


def _remote(case: Case) -> Path:
    return next(
        path
        for path in external_paths(case)
        if path.access.kind is AccessKind.LOAD_BALANCER and path.endpoint.place is Place.REMOTE
    )


def _text(rows: list[list[Line]]) -> list[str]:
    return ["".join(part.text for part in row).rstrip() for row in rows]


def test_a_wide_ribbon_shows_the_packet_after_every_rewrite() -> None:
    case = _web("proxy-all")
    stations, packets = _text(ribbon_lines(hops(_remote(case), case), 130))
    assert [piece.strip() for piece in packets.split("│")] == [
        "203.0.113.10 → 198.51.100.20:80",
        "203.0.113.10 → 10.20.1.11:8080",
        "⇄ 10.20.0.1 → 10.20.1.11:8080",
    ]
    assert stations.split("│")[0].strip() == "path 1  client outside › LoadBalancerIP"
    assert "node-a DNAT" in stations
    assert "node-a SNAT" in stations


def test_at_eighty_columns_the_packet_before_and_after_the_node_fits_in_one_row() -> None:
    case = _web("seed")
    rows = _text(ribbon_lines(hops(_remote(case), case), 76))
    assert len(rows) == 2
    assert "203.0.113.10 → 198.51.100.20:80 │  ⇄ 10.20.0.1 → 10.20.1.11:8080" in rows[1]


def test_only_a_packet_whose_source_was_changed_is_marked() -> None:
    for demo, changed in {"proxy-all": True, "dsr": False}.items():
        case = _web(demo)
        rows = ribbon_lines(hops(_remote(case), case), 130)
        bars = [part.text for row in rows for part in row if part.style == "bar"]
        assert bool(bars) is changed


def test_under_direct_return_the_way_back_to_the_client_is_shown() -> None:
    case = _web("dsr")
    rows = _text(ribbon_lines(hops(_remote(case), case), 150))
    assert "198.51.100.20:80 → 203.0.113.10" in rows[1]


def test_the_packet_at_the_selected_hop_is_marked() -> None:
    case = _web("proxy-all")
    rows = ribbon_lines(hops(_remote(case), case), 130, 2, HopKind.CLIENT)
    selected = [part.text for part in rows[0] if part.style == "selected"]
    assert len(selected) == 1
    assert selected[0].startswith("client")
    assert rows[0][0].text.startswith("path 2")


@pytest.mark.parametrize("width", [20, 40, 76, 118, 200])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_ribbon_of_every_demo_fits_its_width(width: int, ascii_only: bool) -> None:
    for demo in demo_names():
        case = _web(demo)
        for path in external_paths(case):
            rows = _text(ribbon_lines(hops(path, case), width, ascii_only=ascii_only))
            assert rows
            assert all(cell_len(row) <= width for row in rows)
            assert not ascii_only or "".join(rows).isascii()
