"""Golden text frames of the drawing. UPDATE_FRAMES=1 writes them anew: look at them before committing."""

import os
from dataclasses import replace
from pathlib import Path as File

import pytest

from diagnostics.datapath.path import Handler, Outcome, Path, Place, SeenKind, Vantage, VantageKind, Wire
from drawn import NODE_PORT, DrawnCluster
from widgets.drawing.draw import draw
from widgets.drawing.drawing import export_text
from widgets.drawing.labels import Labels, Letting, Marks, PolicyMark

FRAMES = File(__file__).parent / "frames"
WIDTHS = (78, 118, 158)

Scene = tuple[tuple[Path, ...], Labels, Marks]


def _kube_proxy_always() -> Scene:
    cluster = DrawnCluster(1, 1, 1)
    return cluster.kube_proxy(), cluster.labels(), {}


def _antrea_proxy_sometimes() -> Scene:
    cluster = DrawnCluster(1, 2, 0)
    marks = {
        (1, ""): PolicyMark(Letting.IN, "allow-office"),
        (2, ""): PolicyMark(Letting.OUT, "allow-office"),
        (5, ""): PolicyMark(Letting.UNKNOWN),
    }
    return cluster.antrea_proxy(), cluster.labels(), marks


def _direct_return() -> Scene:
    cluster = DrawnCluster(1, 2, 0)
    return cluster.antrea_proxy(direct=True), cluster.labels(), {}


def _local_with_drops() -> Scene:
    cluster = DrawnCluster(1, 2, 0, 0)
    return cluster.local_only(), cluster.labels("ETP Local"), {}


def _local_on_every_node() -> Scene:
    cluster = DrawnCluster(1, 1, 1, 0)
    local = cluster.path("node-a", Place.LOCAL, handler=Handler.KUBE_PROXY, twins=("node-b", "node-c"))
    nowhere = cluster.path("node-d", Place.NONE, handler=Handler.KUBE_PROXY, outcome=Outcome.DROPPED)
    return (local, nowhere), cluster.labels("ETP Local"), {}


def _pod_client_and_host_network() -> Scene:
    cluster = DrawnCluster(1, 1)
    client = Vantage(VantageKind.POD, "10.20.1.30", "node-b", "shop/client-6f7d9")
    path = cluster.path("node-b", Place.REMOTE, after=("172.18.0.3",), seen=SeenKind.NODE, wire=Wire.ROUTED)
    endpoint = replace(path.endpoint, host_network=True)
    return (replace(path, client=client, endpoint=endpoint),), cluster.labels("ITP Cluster"), {}


def _no_endpoints() -> Scene:
    cluster = DrawnCluster(0, 0, 0)
    path = cluster.path("node-a", Place.NONE, outcome=Outcome.REJECTED, twins=("node-b", "node-c"))
    return (path,), cluster.labels(), {}


def _unhandled() -> Scene:
    cluster = DrawnCluster(1, 1)
    path = cluster.path("", Place.NONE, outcome=Outcome.UNHANDLED, handler=Handler.NONE, access=NODE_PORT)
    return (path,), cluster.labels(), {}


def _lost_and_unknown() -> Scene:
    cluster = DrawnCluster(1, 1, 1)
    return (
        (
            cluster.path("node-a", Place.LOCAL),
            cluster.path("node-a", Place.REMOTE, outcome=Outcome.LOST, wire=Wire.WIREGUARD),
            cluster.path("node-b", Place.REMOTE, outcome=Outcome.UNKNOWN, handler=Handler.UNDEFINED),
        ),
        cluster.labels(),
        {},
    )


def _rewritten_twice() -> Scene:
    cluster = DrawnCluster(1, 1, 1)
    twice = ("169.254.0.253", "172.18.0.2")
    remote = cluster.path("node-a", Place.REMOTE, after=twice, wire=Wire.ROUTED, seen=SeenKind.NODE)
    return (cluster.path("node-a", Place.LOCAL), remote), cluster.labels(), {}


def _many_pods() -> Scene:
    cluster = DrawnCluster(*[5] * 12)
    return cluster.antrea_proxy(), cluster.labels(), {}


def _ipv6() -> Scene:
    cluster = DrawnCluster(1, 1, 1, family=6)
    return cluster.antrea_proxy(), cluster.labels(), {}


def _long_names() -> Scene:
    cluster = DrawnCluster(1, 1, names=("ip-10-0-128-17.eu-central-1.compute.internal", "工作节点-东京-一号机"))
    return cluster.antrea_proxy(folded=False), cluster.labels(), {}


SCENES = {
    "kube-proxy-always": _kube_proxy_always,
    "antrea-proxy-sometimes": _antrea_proxy_sometimes,
    "direct-return": _direct_return,
    "local-with-drops": _local_with_drops,
    "local-on-every-node": _local_on_every_node,
    "pod-client-and-host-network": _pod_client_and_host_network,
    "no-endpoints": _no_endpoints,
    "unhandled": _unhandled,
    "lost-and-unknown": _lost_and_unknown,
    "rewritten-twice": _rewritten_twice,
    "many-pods": _many_pods,
    "ipv6": _ipv6,
    "long-names": _long_names,
}


@pytest.mark.parametrize("name", SCENES)
def test_the_drawing_looks_as_in_its_frame(name: str) -> None:
    paths, labels, marks = SCENES[name]()
    drawn = (
        export_text(draw(paths, labels, marks, width=width, height=22 if width > 100 else 13, path=min(2, len(paths))))
        for width in WIDTHS
    )
    _compare(f"drawing-{name}", "\n\n".join(f"{width} columns\n{text}" for width, text in zip(WIDTHS, drawn)))


def test_the_drawing_without_columns_looks_as_in_its_frame() -> None:
    paths, labels, marks = _antrea_proxy_sometimes()
    _compare("drawing-outline", export_text(draw(paths, labels, marks, width=46)))


@pytest.mark.parametrize("name", ["antrea-proxy-sometimes", "local-with-drops"])
def test_the_ascii_drawing_looks_as_in_its_frame(name: str) -> None:
    paths, labels, marks = SCENES[name]()
    text = export_text(draw(paths, labels, marks, width=78, height=13, path=2, ascii_only=True))
    assert text.isascii()
    _compare(f"drawing-{name}-ascii", text)


def test_unfolded_twins_and_pods_look_as_in_their_frame() -> None:
    cluster = DrawnCluster(12, *[1] * 3)
    opened = {"twins:node-b", "more:node-a"}
    text = export_text(draw(cluster.antrea_proxy(), cluster.labels(), width=118, height=13, path=2, opened=opened))
    _compare("drawing-unfolded", text)


def _compare(name: str, text: str) -> None:
    file = FRAMES / f"{name}.txt"
    if os.environ.get("UPDATE_FRAMES"):
        FRAMES.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    assert text + "\n" == file.read_text(encoding="utf-8")
