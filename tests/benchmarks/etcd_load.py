"""Puts a large cluster into the test bed: straight into etcd, since creating objects one by one takes an hour.

The API server reads JSON from its storage as it reads protobuf, and its watch caches hear of it as of any change. What
is written is not validated: tests/test_benchmarks.py loads a small cluster of the same making through the API for that.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from dressing import Object

from bed.control_plane import ControlPlane
from bed.kinds import read_kinds

PREFIXES = {"Service": "services/specs", "Node": "minions"}
LARGEST_CHANGE = 900_000
"""Bytes of one transaction: etcd takes 1.5 MB, and base64 adds a third."""


@dataclass(frozen=True)
class Loaded:
    """How much was loaded, and in how many seconds until the API server shows it."""

    objects: int
    bytes: int
    seconds: float


def load(plane: ControlPlane, objects: Iterable[Object]) -> Loaded:
    """Writes the objects; returns when lists from the server's cache show everything."""
    began = time.monotonic()
    count = size = waiting = 0
    batch: dict[str, bytes] = {}
    used: set[tuple[str, str]] = set()
    plurals = {name: kind.plural for name, kind in read_kinds(plane.api).items()}
    for each in objects:
        name = (each["apiVersion"], each["kind"])
        used.add(name)
        value = msgspec.json.encode(each)
        batch[_key(each, plurals[name])] = value
        count, size, waiting = count + 1, size + len(value), waiting + len(value)
        if waiting > LARGEST_CHANGE:
            plane.keys.put(batch)
            batch, waiting = {}, 0
    plane.keys.put(batch)
    kinds = read_kinds(plane.api)
    for name in used:
        plane.api.get(f"{kinds[name].collection()}?limit=1")  # a consistent read: the cache has caught up
    return Loaded(count, size, time.monotonic() - began)


def _key(each: Object, plural: str) -> str:
    group = each["apiVersion"].rpartition("/")[0]
    own = f"{group}/{plural}" if group.endswith("antrea.io") else PREFIXES.get(each["kind"], plural)
    namespace = each["metadata"].get("namespace")
    name = each["metadata"]["name"]
    return f"/registry/{own}/{namespace}/{name}" if namespace else f"/registry/{own}/{name}"
