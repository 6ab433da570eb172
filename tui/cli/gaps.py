"""Tells what could not be read: nothing that is missing may pass for "all is well"."""

from collections.abc import Iterable

from diagnostics.model.snapshot import Gap
from tui.cli.talk import say


def gap_sentences(gaps: Iterable[Gap]) -> list[str]:
    """One sentence for all sources with the same trouble."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for gap in gaps:
        sources = alike.setdefault((gap.namespace, gap.reason.value, gap.detail), [])
        if gap.source.value not in sources:
            sources.append(gap.source.value)
    return [
        f"{', '.join(sources)}{f' in namespace {namespace}' if namespace else ''}: {reason}. {detail}".rstrip()
        for (namespace, reason, detail), sources in alike.items()
    ]


def say_gaps(gaps: Iterable[Gap]) -> None:
    """The same on stderr."""
    for sentence in gap_sentences(gaps):
        say(f"Not read: {sentence}")
