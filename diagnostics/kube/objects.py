"""Single objects as they stand in JSON: read from a live server, or from recorded objects. Nothing here can write."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from diagnostics.kube.connection import Connection
from diagnostics.kube.failures import Failure
from diagnostics.kube.flight import Flight
from diagnostics.kube.harmless import harmless, without_nulls
from diagnostics.kube.raw_objects import RawObject
from diagnostics.kube.refusals import Attempt, refusal_of
from diagnostics.kube.resources import UnknownResourceError, collection_path, object_path
from diagnostics.model.writing import Object, Refusal, Why

MOST_LISTED = 5000
_NOT_FOUND, _FORBIDDEN = 404, 403


class ObjectReader:
    """Reads objects of a live server by GET. Blocks, for no longer than the limit of a request.

    Raises ConnectionTrouble when a login fails.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def server(self) -> str:
        """The server as it is shown."""
        return self._connection.server

    def look(self, api_version: str, kind: str, namespace: str, name: str) -> Object | Refusal | None:
        """The object; None when there is none."""
        try:
            path = object_path(api_version, kind, namespace, name)
        except UnknownResourceError as error:
            return Refusal(Why.REFUSED, str(error))
        found = self._get(path, {})
        if isinstance(found, Failure):
            if found.status == _NOT_FOUND:
                return None
            if found.status == _FORBIDDEN:
                return self._among(api_version, kind, namespace, name)
            return refusal_of(found, Attempt("get", api_version, kind, namespace, name))
        return as_object(found)

    def listed(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Sequence[Object] | Refusal:
        """All objects of the kind (there, with these labels)."""
        try:
            path = collection_path(api_version, kind, namespace)
        except UnknownResourceError as error:
            return Refusal(Why.REFUSED, str(error))
        selector = ",".join(f"{key}={value}" for key, value in (labels or {}).items())
        query: dict[str, str | int] = {"limit": MOST_LISTED} | ({"labelSelector": selector} if selector else {})
        found = self._get(path, query)
        if isinstance(found, Failure):
            return refusal_of(found, Attempt("list", api_version, kind, namespace))
        whole = as_object(found)
        return whole if isinstance(whole, Refusal) else whole.get("items") or ()

    def _among(self, api_version: str, kind: str, namespace: str, name: str) -> Object | Refusal | None:
        """The object out of a list of one: who may list need not be allowed to get."""
        query: dict[str, str | int] = {"fieldSelector": f"metadata.name={name}"}
        found = self._get(collection_path(api_version, kind, namespace), query)
        if isinstance(found, Failure):
            return refusal_of(found, Attempt("get", api_version, kind, namespace, name))
        whole = as_object(found)
        if isinstance(whole, Refusal):
            return whole
        items = whole.get("items") or ()
        return {"apiVersion": api_version, "kind": kind, **items[0]} if items else None

    def _get(self, path: str, query: dict[str, str | int]) -> bytes | Failure:
        flight = Flight(self._connection.seconds)
        with in_time(flight):
            return self._connection.get(path, query, flight)


class RecordedObjects:
    """The same of recorded objects: files of `-f`, or a demo. `complete`: they are all that the cluster has."""

    def __init__(self, objects: Iterable[RawObject], *, complete: bool) -> None:
        self._complete = complete
        self._found: dict[tuple[str, str, str, str], Object] = {}
        for item in objects:
            decoded = as_object(item.body)
            if not isinstance(decoded, Refusal):
                self._found[item.version.rpartition("/")[0], item.kind, item.namespace, item.name] = decoded

    def look(self, api_version: str, kind: str, namespace: str, name: str) -> Object | Refusal | None:
        """The object; a Refusal when no object of its kind is recorded, since nobody knows then."""
        group = api_version.rpartition("/")[0]
        found = self._found.get((group, kind, namespace, name))
        if found is None and not self._complete and not any(key[:2] == (group, kind) for key in self._found):
            return Refusal(Why.ABSENT, f"The recording holds no {kind}.")
        return found

    def listed(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Sequence[Object] | Refusal:
        """All recorded objects of the kind (there, with these labels)."""
        group = api_version.rpartition("/")[0]
        wanted = (labels or {}).items()
        found = [
            item
            for key, item in self._found.items()
            if key[:2] == (group, kind)
            and namespace in ("", key[2])
            and wanted <= (item["metadata"].get("labels") or {}).items()
        ]
        return found if found or self._complete else Refusal(Why.ABSENT, f"The recording holds no such {kind}.")


def as_object(body: bytes) -> dict[str, Any] | Refusal:
    """The decoded answer, harmless to a terminal and without nulls."""
    try:
        found = msgspec.json.decode(without_nulls(harmless(body)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Refusal(Why.UNREACHABLE, "The answer is not what an API server sends.")
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict):
        return Refusal(Why.UNREACHABLE, "The answer is not what an API server sends.")
    return found


@contextmanager
def in_time(flight: Flight) -> Any:
    """Ends the flight when its time is up, whatever drips in meanwhile."""
    clock = threading.Timer(max(flight.seconds_left, 0), flight.break_off)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
