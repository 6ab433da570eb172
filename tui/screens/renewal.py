"""Looks again at what is on display when the cluster changed: at once, but then not again for some seconds."""

from collections.abc import Callable
from time import monotonic

from textual.screen import Screen
from textual.timer import Timer

from diagnostics.model.case import Cluster

SECONDS_BETWEEN_LOOKS = 4.0
"""Each costs some ten requests: policies and Pods are not followed."""


class Renewal:
    """Keeps the newest Cluster until it is time to look; `look` runs in the event loop while the screen lives."""

    def __init__(self, screen: Screen[None], look: Callable[[Cluster], None]) -> None:
        self._screen, self._look = screen, look
        self._newest: Cluster | None = None
        self._looked_at = 0.0
        self._timer: Timer | None = None

    def take(self, cluster: Cluster) -> None:
        """The cluster has changed in what is on display."""
        self._newest = cluster
        if self._timer is None:
            wait = max(0.001, self._looked_at + SECONDS_BETWEEN_LOOKS - monotonic())  # Textual divides by it
            self._timer = self._screen.set_timer(wait, self._look_now)

    def looked(self) -> None:
        """Somebody looks by himself, at what is newest."""
        self._looked_at, self._newest = monotonic(), None

    def _look_now(self) -> None:
        self._timer = None
        newest = self._newest
        if newest is not None:
            self.looked()
            self._look(newest)
