"""What the palette finds: the commands of the screen, our themes, and places to go to.

Places are every Service, namespace and context; ten thousand Services are searched in slices, so that typing never
waits for the search.
"""

import re
from asyncio import Future, get_running_loop, sleep
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.actions import Command
from tui.choices import Choice, choices_of
from tui.desk import Desk, HasDesk
from tui.screens.doctor_screen import DoctorScreen
from tui.themes import THEMES

SLICE_SECONDS = 0.004
HITS_AT_MOST = 30


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the palette: what it says, what it does, and why it cannot be done now (empty when it can)."""

    title: str
    help: str
    act: Callable[[], object]
    why_not: str = ""

    @property
    def shown(self) -> Content:
        """The title; dimmed when it cannot be done, and the help then says why."""
        return Content.styled(self.title, "$text-disabled" if self.why_not else "")

    @property
    def explained(self) -> str:
        """The help, or why it cannot be done now."""
        return f"Not now: {self.why_not}" if self.why_not else self.help


def closeness(query: str, text: str) -> float:
    """How well text, in lower case, answers a query: 1 equal, 0 not at all; words before letters in their order."""
    if query in text:
        at_word = text.startswith(query) or f"/{query}" in text or f"-{query}" in text
        return 0.6 + 0.2 * at_word + 0.2 * len(query) / len(text)
    found = re.search(".*?".join(map(re.escape, query.replace(" ", ""))), text)
    return 0.5 * len(query) / max(1, found.end() - found.start()) if found else 0.0


class CommandsOfScreen(Provider):
    """The commands of the screen under the palette, and our themes."""

    async def discover(self) -> Hits:
        """All of them, in the order of the table."""
        for offer in self._offers():
            yield DiscoveryHit(offer.shown, partial(_act, self.screen, offer), offer.title, offer.explained)

    async def search(self, query: str) -> Hits:
        """Those whose title or help has the letters."""
        wanted = query.lower().strip()
        for offer in self._offers():
            score = max(closeness(wanted, offer.title.lower()), 0.8 * (wanted in offer.help.lower()))
            if score:
                yield Hit(score, offer.shown, partial(_act, self.screen, offer), offer.title, offer.explained)

    def _offers(self) -> Iterator[Offer]:
        if isinstance(self.screen, DoctorScreen):
            for command in self.screen.commands_everywhere:
                yield self._offer(self.screen, command)
        for theme in THEMES:
            text = f"Theme {theme.name}"
            yield Offer(text, "Colours until the app ends; the config file keeps them.", self._dresser(theme.name))
        yield Offer("Theme …", "All themes, those of Textual included.", self.app.action_change_theme)

    def _offer(self, screen: DoctorScreen, command: Command) -> Offer:
        title = f"{command.label} ({command.shown_keys})"
        act = partial(screen.run_action, command.action)
        return Offer(title, command.help, act, screen.why_not(command))

    def _dresser(self, name: str) -> Callable[[], None]:
        return lambda: setattr(self.app, "theme", name)


class Places(Provider):
    """Services, namespaces and contexts by name. Nothing is listed unasked: there may be thousands."""

    _contexts: Future[tuple[Choice, ...]] | None = None

    @property
    def _desk(self) -> Desk:
        return cast("HasDesk", self.app).desk

    async def search(self, query: str) -> Hits:
        """The nearest names, Services first."""
        if not isinstance(self.screen, DoctorScreen):
            return
        wanted = query.lower().strip()
        found: list[tuple[float, Offer]] = []
        since = perf_counter()
        for title, make in self._places():
            score = closeness(wanted, title)
            if score:
                found.append((score, make()))
            if perf_counter() - since > SLICE_SECONDS:
                await sleep(0)
                since = perf_counter()
        for choice in await self._choices():
            if score := closeness(wanted, choice.title.lower()):
                found.append((score, self._to_context(choice)))
        for score, offer in sorted(found, key=lambda item: -item[0])[:HITS_AT_MOST]:
            yield Hit(score * 0.99, offer.shown, partial(_act, self.screen, offer), offer.title, offer.explained)

    def _places(self) -> Iterator[tuple[str, Callable[[], Offer]]]:
        """Name in lower case, and how its offer is made: only those that are shown cost anything."""
        desk = self._desk
        for key in desk.service_index.keys:
            yield key.lower(), partial(Offer, key, "Examine this Service.", partial(desk.open_service, key))
        for name, count in sorted(desk.service_index.namespaces.items()):
            text = f"Namespace {name}"
            yield text.lower(), partial(Offer, text, f"Its {count} Services only.", partial(desk.look_into, name))

    def _to_context(self, choice: Choice) -> Offer:
        desk = self._desk
        kind = "" if choice.demo else "Context "
        return Offer(f"{kind}{choice.title}", choice.server, partial(desk.use, choice.context, choice.demo))

    async def _choices(self) -> Iterable[Choice]:
        """Contexts and demos, read once for each palette, aside as files may be slow."""
        if self._contexts is None:
            answer: Future[tuple[Choice, ...]] = get_running_loop().create_future()
            self._contexts = answer
            desk = self._desk

            def take(found: tuple[tuple[Choice, ...], str]) -> None:
                if not answer.done():
                    answer.set_result(found[0])

            def fail(error: Exception) -> None:
                take(((), ""))

            desk.looker.ask("palette", lambda cancelled: choices_of(desk.connection), take, fail)
        return await self._contexts


async def _act(screen: object, offer: Offer) -> None:
    """Does what was chosen, or says why not."""
    if offer.why_not and isinstance(screen, DoctorScreen):
        screen.tell(offer.why_not)
        return
    done = offer.act()
    if hasattr(done, "__await__"):
        await done
