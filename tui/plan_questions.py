"""What a plan has to be told before it can be made: the question for it, as a window."""

from diagnostics.model.case import Case
from diagnostics.remedies.prerequisites.allowed import read_ranges
from diagnostics.remedies.prerequisites.api_server import candidates, read_api_server
from tui.dialogs import AskScreen


def ask_ranges(before: tuple[str, ...]) -> AskScreen:
    """Asks for the client ranges that must stay allowed; `ranges_in` reads the answer."""
    return AskScreen(
        "Which client ranges must stay allowed?",
        "CIDRs or addresses with spaces between, for example 203.0.113.0/24 198.51.100.7",
        " ".join(before),
        _trouble_with_ranges,
    )


def ranges_in(answer: str) -> tuple[str, ...]:
    """The ranges of an answer."""
    return tuple(answer.replace(",", " ").split())


def ask_api_server(case: Case, before: str) -> AskScreen:
    """Asks for an address of the API server that no Service provides, and proposes what the cluster knows."""
    proposed = next((url for url, _ in candidates(case)), "")
    return AskScreen(
        "By which address do all Nodes reach the API server without any Service?",
        "HOST:PORT; the control plane's load balancer where there is one",
        before or proposed,
        lambda text: read_api_server(text).trouble,
    )


def _trouble_with_ranges(text: str) -> str:
    allowed = read_ranges(ranges_in(text))
    return " ".join((*allowed.problems, *allowed.refused))
