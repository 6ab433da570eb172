"""One table of commands: it feeds key bindings, footer, palette, help and the key table of the README.

The config file may give a command other keys (`tui/key_choices.py`); `with_keys` then makes the table that holds.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType
from textual.keys import KEY_NAME_REPLACEMENTS


@dataclass(frozen=True, slots=True)
class Command:
    """Something the operator can do on a screen.

    `keys` as Textual names them, comma-separated; `label` for the footer, `help` a whole sentence for palette and
    help. `footer` is false for commands that everybody knows or that would crowd out better ones. `scope` is the
    screen, as the config file names it.
    """

    action: str
    keys: str
    label: str
    help: str
    footer: bool = True
    scope: str = ""

    @property
    def name(self) -> str:
        """The command as the config file names it: `next-access` for the action `next_access`."""
        return "-".join(re.findall(r"[a-z]+", self.action.removeprefix("app.")))

    @property
    def id(self) -> str:
        """Scope and name, as in `services.filter`; no two commands share one."""
        return f"{self.scope}.{self.name}"

    def performs(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Whether Textual means this command by an action and its parameters."""
        return self.action == (f"{action}({', '.join(map(repr, parameters))})" if parameters else action)

    @property
    def shown_keys(self) -> str:
        """The keys as a person reads them."""
        return " ".join(map(spelled, self.keys.split(",")))


def spelled(key: str) -> str:
    """A key as a person reads it, from Textual's name of it."""
    if key in _SPELLING or len(key) == 1:
        return _SPELLING.get(key, key)
    try:
        return unicodedata.lookup(_UNICODE_NAMES.get(key, key).replace("_", " "))
    except KeyError:
        return key.replace("+", "-")


_SPELLING = {"escape": "esc", "space": "space"}
_UNICODE_NAMES = {ours: unicode for unicode, ours in KEY_NAME_REPLACEMENTS.items()}


def _of(scope: str, *commands: Command) -> tuple[Command, ...]:
    return tuple(replace(command, scope=scope) for command in commands)


EVERYWHERE = _of(
    "everywhere",
    Command("help", "question_mark", "Help", "Show the keys of this screen and what its words mean."),
    Command("app.command_palette", "colon,ctrl+p", "Commands", "Search all commands of this screen.", footer=False),
    Command("app.refresh", "ctrl+r", "Refresh", "Read the cluster again.", footer=False),
    Command(
        "app.plain_text",
        "t",
        "Text",
        "Show the text without borders, for the mouse of the terminal to select; enter comes back.",
        footer=False,
    ),
    Command("explain", "E", "Explain", "Read the page behind a word or a code: SNAT, DSR, AD010 ...", footer=False),
    Command("contexts", "x", "Contexts", "Choose another cluster, or a demo.", footer=False),
    Command("app.quit", "q", "Quit", "Leave antrea-doctor."),
)
BACK = Command("back", "escape", "Back", "Go back to the screen before.")

SERVICES = _of(
    "services",
    Command("open", "enter", "Open", "Examine the Service under the cursor.", footer=False),
    Command("filter", "slash", "Filter", "Filter: words, risk:never type:LB ns:web policy:local, ns=web, or ~letters."),
    Command("sort", "s", "Sort", "Sort by verdict, name, type or number of endpoints."),
    Command("namespaces", "n", "Namespace", "Look at one namespace only.", footer=False),
    Command("findings", "f", "Findings", "Examine every Service and list all findings."),
    Command("cluster", "i", "Cluster", "Show Antrea and kube-proxy as configured and as running."),
)
EXAMINATION = _of(
    "examination",
    BACK,
    Command("view('path')", "1", "Path", "Show the way from client to Pod.", footer=False),
    Command("view('findings')", "2", "Findings", "Show what was examined and found.", footer=False),
    Command("view('ways')", "3,w", "Ways out", "Compare the ways out.", footer=False),
    Command("next_access", "a", "Address", "Look at the next address of the Service (NodePort, load balancer, ...)."),
    Command("next_vantage", "v", "Client", "Put the client elsewhere: outside, in a Pod, on a Node."),
    Command("ask_client", "i", "Client IP", "Give the client's address or range and see whether policies let it in."),
    Command(
        "front_end",
        "e",
        "Entry",
        "Say how packets reach the Nodes: with the load-balancer IP, by NodePort, or as the cluster tells.",
        footer=False,
    ),
    Command("show_hop", "p", "Hop", "Show the hop in the drawing that the finding speaks of; esc comes back."),
    Command("way_out", "o", "Way out", "Open the way out of the finding, or choose among several."),
    Command("save", "s", "Save", "Save the drawing as a file: SVG, HTML, text or Mermaid.", footer=False),
    Command("copy", "c,y", "Copy", "Copy the drawing, or the finding under the cursor, as text."),
)
REMEDY = _of(
    "remedy",
    BACK,
    Command("copy", "c,y", "Copy", "Copy the commands of this step."),
    Command("copy_proof", "p", "Copy proof", "Copy the commands that prove this step.", footer=False),
    Command("copy_undo", "u", "Copy undo", "Copy the commands that undo this step.", footer=False),
    Command("copy_manifest", "Y", "YAML", "Copy the manifest of this step.", footer=False),
    Command("copy_plan", "P", "Plan", "Copy the whole plan as a shell script.", footer=False),
    Command("dry_run", "d", "Dry run", "Have the server try this step: the difference, and what admission says."),
    Command("verify", "v", "Verify", "Read where every step stands, and follow those that wait for their effect."),
    Command("apply", "A", "Apply", "Apply this step, after a dry run and a question; needs --allow-write."),
    Command("undo", "U", "Take back", "Take this step back from what was saved; needs --allow-write.", footer=False),
    Command("done", "space", "Done", "Mark this step as done, on your word (a demo changes when all are)."),
    Command("write_plan", "w", "Keep", "Keep the plan and its progress in a file, to go on later.", footer=False),
    Command("before_after", "b", "Compare", "Drawing after the plan, drawing of today, what changes in words."),
    Command("ask_ranges", "a", "Answer", "Give what the plan asks for: client ranges, the API server.", footer=False),
)
FINDINGS = _of(
    "findings",
    BACK,
    Command("open", "enter", "Open", "Examine the Service of the finding under the cursor.", footer=False),
    Command("show_hop", "p", "Hop", "Show the hop in the drawing that the finding speaks of; esc comes back."),
    Command("way_out", "o", "Way out", "Open the way out of the finding, or choose among several."),
    Command("filter", "slash", "Filter", "Filter: words, or severity:broken code:AD010 ns:web verdict:unknown."),
    Command("stop", "s", "Stop", "Stop the scan and keep what was found."),
    Command("copy", "c,y", "Copy", "Copy the findings that are shown, one a line."),
)
CLUSTER = _of("cluster", BACK, Command("copy", "c,y", "Copy", "Copy this page as text."))
NAMESPACES = _of(
    "namespaces", BACK, Command("open", "enter", "Show", "Show the namespace under the cursor.", footer=False)
)
CONTEXTS = _of("contexts", BACK, Command("open", "enter", "Use", "Use the context under the cursor.", footer=False))

SCREENS = {
    "Services": SERVICES,
    "Examination": EXAMINATION,
    "Remedy": REMEDY,
    "Findings": FINDINGS,
    "Cluster": CLUSTER,
    "Namespaces": NAMESPACES,
    "Contexts": CONTEXTS,
}


def every_command() -> dict[str, Command]:
    """The whole table by id, in its order."""
    return {command.id: command for commands in (EVERYWHERE, *SCREENS.values()) for command in commands}


def with_keys(commands: tuple[Command, ...], keys: Mapping[str, str]) -> tuple[Command, ...]:
    """The commands with the keys that were chosen for their ids instead of those of the table."""
    return tuple(replace(command, keys=keys.get(command.id, command.keys)) for command in commands)


def bindings(commands: tuple[Command, ...]) -> list[BindingType]:
    """Commands as Textual bindings, which know them by their id."""
    return [
        Binding(
            item.keys,
            item.action,
            item.label,
            show=item.footer,
            tooltip=item.help,
            key_display=item.shown_keys.split()[0],
            id=item.id,
        )
        for item in commands
    ]
