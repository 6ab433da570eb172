"""One table of commands: it feeds key bindings, footer, palette, help and the key table of the README."""

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """Something the operator can do on a screen.

    `keys` as Textual names them, comma-separated; `label` for the footer, `help` a whole sentence for palette and
    help. `footer` is false for commands that everybody knows or that would crowd out better ones.
    """

    action: str
    keys: str
    label: str
    help: str
    footer: bool = True

    @property
    def shown_keys(self) -> str:
        """The keys as a person reads them."""
        return " ".join(_SPELLING.get(key, key.replace("ctrl+", "ctrl-")) for key in self.keys.split(","))


_SPELLING = {"question_mark": "?", "slash": "/", "colon": ":", "escape": "esc", "full_stop": "."}

EVERYWHERE = (
    Command("help", "question_mark", "Help", "Show the keys of this screen and what its words mean."),
    Command("app.command_palette", "colon,ctrl+p", "Commands", "Search all commands of this screen.", footer=False),
    Command("app.refresh", "ctrl+r", "Refresh", "Read the cluster again.", footer=False),
    Command("contexts", "x", "Contexts", "Choose another cluster, or a demo.", footer=False),
    Command("app.quit", "q", "Quit", "Leave antrea-doctor."),
)
BACK = Command("back", "escape", "Back", "Go back to the screen before.")

SERVICES = (
    Command("open", "enter", "Open", "Examine the Service under the cursor.", footer=False),
    Command("filter", "slash", "Filter", "Filter: words, or risk:never type:LB ns:web policy:local."),
    Command("sort", "s", "Sort", "Sort by verdict, name, type or number of endpoints."),
    Command("findings", "f", "Findings", "Examine every Service and list all findings."),
    Command("cluster", "i", "Cluster", "Show Antrea and kube-proxy as configured and as running."),
)
EXAMINATION = (
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
    Command("copy", "c,y", "Copy", "Copy the drawing, or the finding under the cursor, as text."),
)
REMEDY = (
    BACK,
    Command("copy", "c,y", "Copy", "Copy the commands of this step."),
    Command("copy_proof", "p", "Copy proof", "Copy the commands that prove this step.", footer=False),
    Command("copy_undo", "u", "Copy undo", "Copy the commands that undo this step.", footer=False),
    Command("copy_manifest", "Y", "YAML", "Copy the manifest of this step."),
    Command("copy_plan", "P", "Plan", "Copy the whole plan as a shell script."),
    Command("done", "space", "Done", "Mark this step as done (in the demo it then takes effect)."),
    Command("before_after", "b", "Before/after", "Switch the drawing between today and after the plan."),
    Command("ask_ranges", "a", "Allow", "Give the client ranges that must stay allowed."),
)
FINDINGS = (
    BACK,
    Command("open", "enter", "Open", "Examine the Service of the finding under the cursor.", footer=False),
    Command("filter", "slash", "Filter", "Filter: words, or severity:broken code:AD010 ns:web verdict:unknown."),
    Command("stop", "s", "Stop", "Stop the scan and keep what was found."),
    Command("copy", "c,y", "Copy", "Copy the findings that are shown, one a line."),
)
CLUSTER = (BACK, Command("copy", "c,y", "Copy", "Copy this page as text."))
CONTEXTS = (BACK, Command("open", "enter", "Use", "Use the context under the cursor.", footer=False))

SCREENS = {
    "Services": SERVICES,
    "Examination": EXAMINATION,
    "Remedy": REMEDY,
    "Findings": FINDINGS,
    "Cluster": CLUSTER,
    "Contexts": CONTEXTS,
}


def bindings(commands: tuple[Command, ...]) -> list[BindingType]:
    """Commands as Textual bindings."""
    return [
        Binding(
            item.keys,
            item.action,
            item.label,
            show=item.footer,
            tooltip=item.help,
            key_display=item.shown_keys.split()[0],
        )
        for item in commands
    ]
