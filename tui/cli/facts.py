"""What a headless command works on, and how it says that it is reading."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from diagnostics.kube.recorded import Places
from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Snapshot


@dataclass(frozen=True)
class Facts:
    """What a command works on. `namespace` is the current one, empty where there is none (files, demo).

    `deepen` gives the Snapshot with the Pods and policies of one Service. `places` says where objects stand in files,
    when that was asked for.
    """

    snapshot: Snapshot
    namespace: str
    deepen: Callable[[str], Snapshot]
    places: Places = field(default_factory=dict)

    def cases(self, keys: tuple[str, ...]) -> Iterator[Case]:
        """The Case of each Service; those of one Snapshot share its Cluster."""
        cluster = Cluster(self.snapshot)
        for number, key in enumerate(keys, 1):
            with progress(f"{number} of {len(keys)}: {key}" if len(keys) > 1 else key):
                deeper = self.deepen(key)
            cluster = cluster if deeper is cluster.snapshot else Cluster(deeper)
            yield Case.of(deeper, key, cluster)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Says on stderr, if that is a terminal, what is being read; wiped when it is done."""
    shown = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") not in (None, "", "dumb")
    if shown:
        sys.stderr.write(f"\r\x1b[Kreading {what}")
        sys.stderr.flush()
    try:
        yield
    finally:
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
