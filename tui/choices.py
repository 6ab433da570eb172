"""Clusters that can be looked at: contexts of the kubeconfig, and the demos."""

from dataclasses import dataclass

from diagnostics.kube.recorded import demos
from tui.request import ConnectionOptions


@dataclass(frozen=True, slots=True)
class Choice:
    """One cluster to look at: a context of the kubeconfig, or a demo."""

    title: str
    server: str
    user: str = ""
    context: str = ""
    demo: str = ""
    current: bool = False


def choices_of(options: ConnectionOptions) -> tuple[tuple[Choice, ...], str]:
    """All choices, and in one sentence why no context can be offered (empty when some can)."""
    contexts, trouble = _contexts(options)
    recorded = tuple(Choice(f"demo {demo.name}", demo.title, demo=demo.name) for demo in demos())
    return (*contexts, *recorded), trouble


def _contexts(options: ConnectionOptions) -> tuple[tuple[Choice, ...], str]:
    from diagnostics.kube.contexts import read_contexts
    from diagnostics.kube.trouble import ContextError

    try:
        found = read_contexts(options.kubeconfig)
    except ContextError as error:
        return (), str(error)
    choices = tuple(
        Choice(item.name, item.trouble or item.server, item.user, context=item.key, current=item.current)
        for item in found.contexts
    )
    return choices, found.why_none
