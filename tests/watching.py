"""A server of one list of Services for tests of following: real JSON of lists and events, cut and spoilt on demand."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from diagnostics.kube.failures import Failure
from diagnostics.kube.flight import Flight
from diagnostics.kube.wire import Answer, Broken, Question
from diagnostics.model.snapshot import Reason

CUT = Broken(Failure(Reason.UNREACHABLE, "The connection broke."))


@dataclass
class Disturbance:
    """What goes wrong with one stream. `piece` is the size of the pieces, `cut` after how many bytes it breaks.

    `before` are lines that come before the events, `status` an answer instead of a stream.
    """

    piece: int = 1 << 16
    cut: int | None = None
    before: tuple[bytes, ...] = ()
    status: int = 0


@dataclass
class ListServer:
    """Stands in for a Wire. Versions are counted; events older than `forgotten` are not known any more."""

    server: str = "the server"
    seconds: float = 5.0
    objects: dict[str, dict[str, object]] = field(default_factory=dict)
    history: list[tuple[int, str, dict[str, object]]] = field(default_factory=list)
    version: int = 1
    forgotten: int = 0
    next: Disturbance = field(default_factory=Disturbance)
    asked: list[Question] = field(default_factory=list)

    def put(self, name: str, uid: str, port: int) -> None:
        """Makes or changes a Service."""
        self.version += 1
        kind = "MODIFIED" if name in self.objects else "ADDED"
        meta = {"name": name, "namespace": "shop", "uid": uid, "resourceVersion": str(self.version)}
        self.objects[name] = {"kind": "Service", "metadata": meta, "spec": {"ports": [{"port": port}]}}
        self.history.append((self.version, kind, self.objects[name]))

    def touch(self, name: str) -> None:
        """Changes a Service in nothing that anybody reads."""
        meta = self.objects[name]["metadata"]
        assert isinstance(meta, dict)
        ports = self.objects[name]["spec"]
        self.version += 1
        self.objects[name] = {
            "kind": "Service",
            "metadata": {**meta, "resourceVersion": str(self.version)},
            "spec": ports,
        }
        self.history.append((self.version, "MODIFIED", self.objects[name]))

    def delete(self, name: str) -> None:
        """Deletes a Service."""
        self.version += 1
        gone = self.objects.pop(name)
        meta = gone["metadata"]
        assert isinstance(meta, dict)
        last = {**gone, "metadata": {**meta, "resourceVersion": str(self.version)}}
        self.history.append((self.version, "DELETED", last))

    def forget(self) -> None:
        """Compacts: nobody can go on from an older version."""
        self.forgotten = self.version

    def ask(self, question: Question, flight: Flight) -> Answer | Broken:
        """The list."""
        self.asked.append(question)
        meta = {"resourceVersion": str(self.version)}
        body = {"kind": "ServiceList", "metadata": meta, "items": list(self.objects.values())}
        return Answer(200, json.dumps(body).encode())

    def stream(
        self, question: Question, flight: Flight, silence: float, take: Callable[[bytes], None]
    ) -> Answer | Broken | None:
        """The events since the version that is asked for, with the next disturbance."""
        self.asked.append(question)
        now, self.next = self.next, Disturbance()
        query = question.query or {}
        since = int(query["resourceVersion"])
        if now.status:
            return Answer(now.status, b'{"kind": "Status", "message": "no"}')
        take(b"")
        data = b"".join(line + b"\n" for line in (*now.before, *self._events(since)))
        data = data if now.cut is None else data[: now.cut]
        for start in range(0, len(data), now.piece):
            take(data[start : start + now.piece])
        return None if now.cut is None else CUT

    def _events(self, since: int) -> Iterator[bytes]:
        if since < self.forgotten:
            yield event("ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"})
            return
        for version, kind, item in self.history:
            if version > since:
                yield event(kind, item)
        yield event("BOOKMARK", {"kind": "Service", "metadata": {"resourceVersion": str(self.version)}})


def event(kind: str, item: object) -> bytes:
    """A line of a watch."""
    return json.dumps({"type": kind, "object": item}).encode()
