"""What the Examination screen says of itself: the names of its views, and why a command of theirs is not possible."""

from collections.abc import Callable

from tui.actions import Command
from tui.examination import Examination
from tui.screens.path_screen import TURNS

KeyOf = Callable[[str], str]
"""The key of a command by its id, as a person reads it."""

COPIED = {"path": "the drawing", "findings": "the finding", "ways": "the way out"}
"""What is copied in each view."""


def tab_names(examination: Examination | None, key_of: KeyOf) -> dict[str, str]:
    """The views with their keys and how much there is in each; dots while nobody knows."""
    report = examination.report if examination else None
    ways = examination.ways if examination else None
    found = sum(len(result.findings) for result in report.found) if report else 0
    unknown = f", {len(report.unknown)} unknown" if report and report.unknown else ""
    path, findings, way_out = (key_of(f"examination.view-{view}") for view in COPIED)
    return {
        "path": f"{path} Path",
        "findings": f"{findings} Findings ({f'{found}{unknown}' if report else '…'})",
        "ways": f"{way_out} Ways out ({len(ways) if ways else '…'})",
    }


def why_not_here(command: Command, view: str, examination: Examination | None, key_of: KeyOf) -> str:
    """Hop and way out belong to a finding, address and client to the drawing. Empty when it is possible."""
    waits = examination is None
    match command.name:
        case "show-hop" | "way-out":
            if view != "findings":
                return f"Choose a finding first: {key_of('examination.view-findings')} lists them."
            return "The Service has not been examined yet." if waits else ""
        case "copy" if view != "path" and waits:
            return "There is nothing to copy: the Service has not been examined yet."
        case name if name in TURNS and view != "path":
            return f"This belongs to the drawing: {key_of('examination.view-path')} shows it."
    return ""
