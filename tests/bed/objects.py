"""Creates the objects of a recorded cluster in a real one, status included."""

import copy
import time
from collections.abc import Iterable, Iterator

from bed.api import Api, ApiError, Object
from bed.kinds import Kind, read_kinds
from bed.service_ranges import NOT_YET_ALLOCATABLE, range_objects

EARLY_KINDS = ("CustomResourceDefinition", "Namespace", "ServiceCIDR")
"""Kinds that others cannot be created without, in this order."""

GIVEN_BY_SERVER = (
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
"""Metadata that a server sets itself, so that the recorded values are lost: an object being deleted arrives alive."""

LONGEST_WAIT = 5.0
"""Seconds until which a server has to have taken up a new kind or a new range of Service addresses."""


class LoadError(Exception):
    """An object was not accepted; the message names it and gives the server's reason."""


def load(api: Api, objects: Iterable[Object]) -> int:
    """Create the objects and return how many there were.

    Lists are taken apart, absent namespaces made, Service addresses outside of the server's ranges made allocatable. An
    object that exists already is merged with the wanted one. Unknown fields are refused (LoadError), not dropped.
    When this returns, lists from the server's cache (`resourceVersion=0`) show everything.
    """
    wanted = list(_flatten(objects))
    wanted += [*_absent_namespaces(api, wanted), *range_objects(api, wanted)]
    wanted.sort(key=lambda each: EARLY_KINDS.index(each["kind"]) if each["kind"] in EARLY_KINDS else len(EARLY_KINDS))
    kinds = read_kinds(api)
    used = set()
    for each in wanted:
        name = (each["apiVersion"], each["kind"])
        if name not in kinds:
            kinds = _kinds_with(api, name)
        used.add(kinds[name])
        try:
            _write(api, kinds[name], each)
        except ApiError as reason:
            raise LoadError(f"{_title(each)}: {reason.message or reason}") from None
    for kind in used:
        api.get(f"{kind.collection()}?limit=1")  # a consistent read: returns once the cache has caught up
    return len(wanted)


def _write(api: Api, kind: Kind, wanted: Object) -> None:
    path = kind.collection(wanted["metadata"].get("namespace", "default"))
    one = f"{path}/{wanted['metadata'].get('name')}"
    body = copy.copy(wanted)
    body["metadata"] = {key: value for key, value in wanted["metadata"].items() if key not in GIVEN_BY_SERVER}
    status = body.pop("status", None) if kind.has_status else None
    try:
        there = _create(api, f"{path}?fieldValidation=Strict", body)
    except ApiError as reason:
        if reason.status != 409:
            raise
        there = api.send("PATCH", f"{one}?fieldValidation=Strict", body, "application/merge-patch+json")
    if status:
        there["status"] = {**there.get("status", {}), **status}
        api.send("PUT", f"{one}/status?fieldValidation=Strict", there)


def _create(api: Api, path: str, body: Object) -> Object:
    end = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            created: Object = api.send("POST", path, body)
        except ApiError as reason:
            waiting = any(words in reason.message for words in NOT_YET_ALLOCATABLE)
            if not waiting or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return created


def _flatten(objects: Iterable[Object]) -> Iterator[Object]:
    for each in objects:
        if "items" in each and str(each.get("kind", "")).endswith("List"):
            of_list = {"apiVersion": each["apiVersion"], "kind": each["kind"].removesuffix("List")}
            yield from _flatten({**of_list, **item} for item in each["items"] or [])
        else:
            yield each


def _absent_namespaces(api: Api, objects: list[Object]) -> list[Object]:
    needed = {each["metadata"]["namespace"] for each in objects if each["metadata"].get("namespace")}
    given = {each["metadata"]["name"] for each in objects if each["kind"] == "Namespace"}
    there = {each["metadata"]["name"] for each in api.get("/api/v1/namespaces")["items"]}
    absent = sorted(needed - given - there)
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in absent]


def _kinds_with(api: Api, name: tuple[str, str]) -> dict[tuple[str, str], Kind]:
    """Discovery once it knows the kind, which takes a moment after its definition was created."""
    end = time.monotonic() + LONGEST_WAIT
    while name not in (kinds := read_kinds(api)):
        if time.monotonic() > end:
            raise LoadError(f"the server knows no kind {name[1]} in {name[0]}")
        time.sleep(0.05)
    return kinds


def _title(each: Object) -> str:
    meta = each["metadata"]
    return f"{each['kind']} {meta.get('namespace', '')}/{meta.get('name')}".replace(" /", " ")
