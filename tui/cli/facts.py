"""What a headless command works on, and how it says that it is reading."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from shutil import get_terminal_size
from time import monotonic

from diagnostics.kube.recorded import Places
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.text import one_line

SECONDS_BETWEEN_NEWS = 0.1


@dataclass(frozen=True)
class Facts:
    """What a command works on. `namespace` is the current one, empty where there is none (files, demo).

    `deepen` gives the Snapshot with the Pods and policies that matter to these Services. `places` says where objects
    stand in files, when that was asked for.
    """

    snapshot: Snapshot
    namespace: str
    deepen: Callable[[tuple[str, ...]], Snapshot]
    places: Places = field(default_factory=dict)

    def with_front_end(self, arrives: Arrives) -> "Facts":
        """The same facts, and what the operator says of every load balancer."""
        answers = {"": arrives}
        told = self.snapshot.with_front_ends(answers)

        def deepen(keys: tuple[str, ...]) -> Snapshot:
            deeper = self.deepen(keys)
            return told if deeper is self.snapshot else deeper.with_front_ends(answers)

        return replace(self, snapshot=told, deepen=deepen)

    def cases(self, keys: tuple[str, ...]) -> Iterator[Case]:
        """The Case of each Service; what they need is read at once, and they share one Cluster."""
        if not keys:
            return
        with progress(f"reading what concerns {keys[0] if len(keys) == 1 else f'{len(keys)} Services'}"):
            deeper = self.deepen(keys)
        cluster = Cluster(deeper)
        for key in keys:
            yield Case.of(deeper, key, cluster)


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Says on stderr, if that is a terminal, what is being done; wiped at the end.

    Gives a function that says something newer, a few times a second at most.
    """
    shown = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") not in (None, "", "dumb")
    next_at = 0.0

    def tell(newer: str) -> None:
        nonlocal next_at
        if shown and monotonic() >= next_at:
            next_at = monotonic() + SECONDS_BETWEEN_NEWS
            sys.stderr.write(f"\r\x1b[K{one_line(newer)[: get_terminal_size().columns - 1]}")
            sys.stderr.flush()

    tell(what)
    try:
        yield tell
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
