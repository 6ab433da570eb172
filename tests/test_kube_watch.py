"""Following a list through whatever a server or a network does to a watch; and news that never come too often."""

import threading
import time
from itertools import pairwise
from typing import Any, cast

import pytest

from diagnostics.kube import follower as follower_module
from diagnostics.kube.follower import Follower
from diagnostics.kube.following import SECONDS_BETWEEN_NEWS, follow
from diagnostics.kube.news import Changes, News
from diagnostics.kube.replica import Replica
from diagnostics.kube.watch_events import LONGEST_LINE, EventKind, Lines, LineTooLongError, event_of
from diagnostics.kube.wire import Wire
from diagnostics.model.snapshot import Snapshot, Source
from watching import Disturbance, ListServer, event


class Hearing:
    """A Follower of a counted server, with everything that it told."""

    def __init__(self, server: ListServer) -> None:
        self.server = server
        self.changes: list[Changes] = []
        self.stale: list[str] = []
        self.replica = Replica()
        wire = cast(Wire, server)
        self.follower = Follower(wire, Source.SERVICES, "", self.replica, self.changes.append, self.stale.append)


@pytest.fixture
def hearing() -> Hearing:
    server = ListServer()
    server.put("web", "uid-1", 80)
    found = Hearing(server)
    found.follower.once()
    assert set(found.replica.items) == {"shop/web"}
    return found


def lists(server: ListServer) -> int:
    return sum("watch" not in (question.query or {}) for question in server.asked)


def test_a_watch_goes_on_where_it_ended(hearing: Hearing) -> None:
    hearing.server.put("api", "uid-2", 81)
    assert hearing.follower.once() is None
    assert lists(hearing.server) == 1, "no second list"
    assert set(hearing.replica.items) == {"shop/web", "shop/api"}


@pytest.mark.parametrize("how", ["in the stream", "as an answer"])
def test_a_forgotten_version_leads_to_a_new_list(hearing: Hearing, how: str) -> None:
    hearing.server.put("api", "uid-2", 81)
    hearing.server.delete("web")
    if how == "in the stream":
        hearing.server.forget()
    else:
        hearing.server.next = Disturbance(status=410)
    assert hearing.follower.once() is None, "nothing to worry anybody with"
    hearing.follower.once()
    assert lists(hearing.server) == 2
    assert set(hearing.replica.items) == {"shop/api"}


def test_an_object_made_again_under_its_name_is_told_as_changed(hearing: Hearing) -> None:
    hearing.server.delete("web")
    hearing.server.put("web", "uid-9", 80)
    hearing.follower.once()
    (before, after) = hearing.changes[-1]["shop/web"]
    assert (before.metadata.uid, after.metadata.uid) == ("uid-1", "uid-9")


def test_a_change_that_nobody_reads_is_not_told(hearing: Hearing) -> None:
    told = len(hearing.changes)
    hearing.server.touch("web")
    hearing.follower.once()
    assert len(hearing.changes) == told


def test_half_a_line_at_the_end_is_read_again(hearing: Hearing) -> None:
    hearing.server.put("api", "uid-2", 81)
    hearing.server.next = Disturbance(cut=40, piece=7)
    failure = hearing.follower.once()
    assert failure is not None
    assert set(hearing.replica.items) == {"shop/web"}
    hearing.follower.once()
    assert set(hearing.replica.items) == {"shop/web", "shop/api"}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (event("ERROR", None), EventKind.STRANGE),
        (event("ERROR", {"code": 500}), EventKind.ERROR),
        (event("SYNCED", {"metadata": {"name": "a"}}), EventKind.STRANGE),
        (event("DELETED", {}), EventKind.STRANGE),
        (event("MODIFIED", {"metadata": {"name": "a"}, "spec": {"ports": "none"}}), EventKind.STRANGE),
        (b"<html>", EventKind.STRANGE),
        (event("BOOKMARK", {"metadata": {"resourceVersion": "7"}}), EventKind.BOOKMARK),
        (event("ADDED", {"metadata": {"name": "a\x1b]52;c;x\x07", "namespace": "n"}}), EventKind.THERE),
    ],
)
def test_every_line_is_some_event(line: bytes, kind: EventKind) -> None:
    read = event_of(Source.SERVICES, line)
    assert read.kind is kind
    assert "\x1b" not in read.key + read.said


def test_what_is_no_event_makes_the_list_be_read_again_and_is_said(hearing: Hearing) -> None:
    hearing.server.next = Disturbance(before=(event("SYNCED", {"metadata": {"name": "a"}}),))
    failure = hearing.follower.once()
    assert failure is not None
    assert "no event" in failure.sentence
    assert not hearing.replica.version


def test_an_endless_line_is_given_up() -> None:
    lines = Lines()
    assert list(lines.feed(b"x" * LONGEST_LINE)) == []
    with pytest.raises(LineTooLongError):
        list(lines.feed(b"x"))


def test_a_missing_right_ends_the_following_with_a_word(hearing: Hearing) -> None:
    hearing.server.next = Disturbance(status=403)
    hearing.follower.run()
    assert 'right "watch services" is missing' in hearing.stale[-1]


def test_a_server_that_ends_each_watch_at_once_is_asked_less_and_less(
    hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(follower_module, "LONGEST_PAUSE", 0.2)
    hearing.server.asked.clear()
    thread = threading.Thread(target=hearing.follower.run)
    thread.start()
    time.sleep(1.0)
    hearing.follower.stop()
    thread.join(2.0)
    assert not thread.is_alive()
    assert 3 <= len(hearing.server.asked) <= 20, "without pauses these would be thousands"


def test_ten_thousand_events_in_one_burst_are_told_together(hearing: Hearing) -> None:
    for number in range(10_000):
        hearing.server.put(f"service-{number % 100}", f"uid-{number % 100}", 1 + number)
    before = len(hearing.changes)
    started = time.process_time()
    hearing.follower.once()
    assert time.process_time() - started < 5.0
    assert hearing.replica.items["shop/service-99"].spec.ports[0].port == 10_000
    assert len(hearing.changes) - before <= 60, "a piece of the stream at a time, not one by one"


class Everywhere(ListServer):
    """Serves any list; only the Services change."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()

    def stream(self, question: Any, flight: Any, silence: float, take: Any) -> Any:
        if "services" not in question.path:
            take(b"")
            flight.broken_off.wait(5.0)
            return None
        since = int(question.query["resourceVersion"])
        take(b"")
        while not flight.broken_off.wait(0.002):
            fresh = [event(kind, item) for version, kind, item in list(self.history) if version > since]
            since = self.version
            if fresh:
                take(b"\n".join(fresh) + b"\n")
        return None


def test_a_storm_is_told_at_most_ten_times_a_second_and_names_whom_it_touches() -> None:
    server = Everywhere()
    news: list[tuple[float, News]] = []
    cancelled = threading.Event()
    versions = {(Source.SERVICES, ""): "1", (Source.NODES, ""): "1"}
    follows = threading.Thread(
        target=follow,
        args=(cast(Wire, server), Snapshot(), versions, lambda told: news.append((time.monotonic(), told)), cancelled),
    )
    follows.start()
    ends_at, sent = time.monotonic() + 1.0, 0
    while time.monotonic() < ends_at:
        server.put(f"s{sent % 50}", f"u{sent % 50}", 1 + sent)
        sent += 1
        time.sleep(0.002)
    time.sleep(0.4)
    cancelled.set()
    follows.join(3.0)
    assert not follows.is_alive()
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(news)]
    assert min(gaps) >= SECONDS_BETWEEN_NEWS * 0.9
    last = news[-1][1]
    assert last.stale == ""
    assert {service.metadata.name for service in last.snapshot.services} == {f"s{number}" for number in range(50)}
    told_ports = {service.spec.ports[0].port for service in last.snapshot.services}
    assert told_ports == set(range(1 + sent - 50, 1 + sent)), "nothing of the storm is lost"
    touched = set().union(*(told.touched or set() for _, told in news))
    assert touched == {f"shop/s{number}" for number in range(50)}
