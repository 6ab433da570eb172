"""A followed list is the server's list, whatever happens on the way: a state machine against a counted server."""

from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from diagnostics.kube.follower import Follower
from diagnostics.kube.news import Changes
from diagnostics.kube.replica import Replica
from diagnostics.kube.wire import Wire
from diagnostics.model.snapshot import Source
from watching import Disturbance, ListServer, event

NAMES = st.sampled_from(["web", "api", "db"])
STRANGE = (
    event("BOOKMARK", {"metadata": {}}),
    event("SYNCED", {"metadata": {"name": "x", "namespace": "shop", "resourceVersion": "1"}}),
    event("ERROR", None),
    b'{"type": "MODIFIED"',
    b"\xff\xfe",
    b"[]",
)


class Following(RuleBasedStateMachine):
    """`mirror` is what somebody who only hears of changes believes."""

    def __init__(self) -> None:
        super().__init__()
        self.server = ListServer()
        self.replica = Replica()
        self.mirror: dict[str, Any] = {}
        self.uids = 0
        self.follower = Follower(
            cast(Wire, self.server), Source.SERVICES, "", self.replica, self.hear, lambda why: None
        )

    def hear(self, changes: Changes) -> None:
        for key, (before, after) in changes.items():
            known = self.mirror.get(key)
            assert (known is None) == (before is None), "a change starts from what was told before"
            assert before != after
            if after is None:
                del self.mirror[key]
            else:
                self.mirror[key] = after

    @rule(name=NAMES, port=st.integers(1, 4))
    def put(self, name: str, port: int) -> None:
        if name not in self.server.objects:
            self.uids += 1
        self.server.put(name, f"uid-{name}-{self.uids}", port)

    @precondition(lambda self: self.server.objects)
    @rule(data=st.data(), again=st.booleans())
    def delete(self, data: st.DataObject, again: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.server.objects)))
        self.server.delete(name)
        if again:
            self.put(name, 1)

    @precondition(lambda self: self.server.objects)
    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        self.server.touch(data.draw(st.sampled_from(sorted(self.server.objects))))

    @rule()
    def forget(self) -> None:
        self.server.forget()

    @rule(
        piece=st.integers(1, 400),
        cut=st.integers(0, 3000) | st.none(),
        before=st.lists(st.sampled_from(STRANGE), max_size=2),
    )
    def follow_with_trouble(self, piece: int, cut: int | None, before: list[bytes]) -> None:
        self.server.next = Disturbance(piece=piece, cut=cut, before=tuple(before))
        self.follower.once()

    @rule(status=st.sampled_from([410, 500, 429]))
    def refused(self, status: int) -> None:
        self.server.next = Disturbance(status=status)
        self.follower.once()

    @rule()
    def follow_in_peace(self) -> None:
        for _ in range(2):  # the first may only learn that its version is lost
            self.follower.once()
        stood = {f"shop/{name}": item for name, item in self.server.objects.items()}
        assert set(self.replica.items) == set(stood)
        for key, item in stood.items():
            fact = self.replica.items[key]
            meta, spec = cast(dict[str, Any], item["metadata"]), cast(dict[str, Any], item["spec"])
            assert (fact.metadata.uid, fact.spec.ports[0].port) == (meta["uid"], spec["ports"][0]["port"])

    @invariant()
    def what_was_told_is_what_is_held(self) -> None:
        assert set(self.mirror) == set(self.replica.items)
        for key, fact in self.replica.items.items():
            told = self.mirror[key]
            assert (told.metadata.uid, told.spec) == (fact.metadata.uid, fact.spec)


TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
