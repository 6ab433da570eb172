"""The headless commands, in the order of the help. A new command is one file in this folder and one entry here."""

from tui.cli.command import Command, Target
from tui.cli.options import Group, Option, address, start_view
from tui.cli.snapshot_commands import SNAPSHOT_COMMANDS

_DATA = ("table", "wide", "json", "yaml", "markdown")
_LIST = ("table", "json", "yaml", "name")
_ALL = (Group.CLUSTER, Group.SCOPE, Group.CLIENT)

_EXIT_CODES = """exit codes:
  0    nothing found at or over --fail-on
  1    findings
  2    the command line is wrong
  3    cannot connect, or not authorised
  4    incomplete: a check could not be decided (--allow-incomplete turns this off)
  5    a fault of antrea-doctor itself
  130  interrupted"""

_ALLOW_WRITE = Option(
    ("--allow-write",),
    Group.OTHER,
    {"action": "store_true", "help": "let it change the cluster, each time after a question"},
)
_WITH_WRITE_RIGHTS = Option(
    _ALLOW_WRITE.names, Group.OTHER, {"action": "store_true", "help": "also the rights to apply plans, as a role apart"}
)
_CHANGING = (
    Option(
        ("--step",), Group.OTHER, {"metavar": "N", "type": int, "required": True, "help": "the step, counted from 1"}
    ),
    Option(
        ("--dry-run",),
        Group.OTHER,
        {"action": "store_true", "help": "only show the difference and what admission says"},
    ),
    _ALLOW_WRITE,
    Option(
        ("--yes",),
        Group.OTHER,
        {"metavar": "NAMESPACE/SERVICE", "default": "", "help": "the plan's Service, instead of typing its name"},
    ),
)

APP = Command(
    name="",
    summary="Shows which source address the Pods behind a Service see under Antrea, why, and the safe ways out.",
    module="tui.cli.app",
    target=Target.SERVICES,
    groups=_ALL,
    own=(
        Option(
            ("--view",),
            Group.OTHER,
            {
                "metavar": "VIEW",
                "type": start_view,
                "help": "open the Service on its path, its findings or remedy:SLUG",
            },
        ),
        Option(
            ("--plain",),
            Group.OTHER,
            {"action": "store_true", "help": "questions and text from top to bottom, for screen readers and pipes"},
        ),
        Option(("--ascii",), Group.OTHER, {"action": "store_true", "help": "draw without box characters"}),
        Option(
            ("--plan-file",),
            Group.OTHER,
            {"metavar": "PLAN.json", "default": "", "help": "go on with a plan that was kept, where it stood"},
        ),
        Option(("--no-watch",), Group.CLUSTER, {"action": "store_true", "help": "follow no changes, read on ctrl-r"}),
        _ALLOW_WRITE,
    ),
    examples=("--demo", "shop/web --context prod", "check shop/web", "explain AD001"),
)

COMMANDS = (
    Command(
        name="path",
        summary="Every path class of a Service, with the source address that each place sees.",
        module="tui.cli.path",
        target=Target.SERVICES,
        formats=(*_DATA, "mermaid", "dot"),
        groups=_ALL,
        examples=("shop/web", "shop/web --client-ip 198.51.100.7 -o json", "-A --client node:node-a"),
    ),
    Command(
        name="check",
        summary="What is wrong with Services; the exit code is for pipelines.",
        module="tui.cli.check",
        target=Target.SERVICES,
        formats=(*_DATA, "html", "junit", "sarif"),
        groups=(Group.CLUSTER, Group.SCOPE),
        own=(
            Option(
                ("--fail-on",),
                Group.OTHER,
                {
                    "metavar": "SEVERITY",
                    "choices": ("broken", "risky", "note", "never"),
                    "default": "risky",
                    "help": "exit with 1 for findings from here on: broken, risky (default), note or never",
                },
            ),
            Option(
                ("--allow-incomplete",),
                Group.OTHER,
                {"action": "store_true", "help": "do not exit with 4 when a check could not be decided"},
            ),
            Option(
                ("--suppress",),
                Group.OTHER,
                {
                    "metavar": "CODE=NS/SVC[:REASON[:until YYYY-MM-DD]]",
                    "action": "append",
                    "default": [],
                    "help": "do not count this finding, which is shown all the same (may be repeated); a finding "
                    "that is broken needs a reason; NS/SVC is the word cluster for what concerns all of it",
                },
            ),
            Option(
                ("--suppress-file",),
                Group.OTHER,
                {
                    "metavar": "FILE",
                    "dest": "suppress_files",
                    "action": "append",
                    "default": [],
                    "help": "YAML with a list named suppressions: code, service, reason and until of each",
                },
            ),
        ),
        examples=("shop/web", "-A --fail-on broken", "-n shop -l app=web -o json", "-A -f objects/ -o sarif"),
        more=_EXIT_CODES,
    ),
    Command(
        name="plan",
        summary="The ways out of one Service compared, or the steps of one: commands, proof, undo.",
        module="tui.cli.plan",
        target=Target.SERVICE,
        formats=("text", "script", "json", "yaml"),
        groups=(Group.CLUSTER, Group.SCOPE),
        own=(
            Option(
                ("--remedy",),
                Group.OTHER,
                {"metavar": "SLUG", "default": "", "help": "the way out to plan; without it all are compared"},
            ),
            Option(
                ("--allow",),
                Group.OTHER,
                {
                    "metavar": "CIDR",
                    "action": "append",
                    "default": [],
                    "help": "client range that must stay allowed, where the remedy filters (may be repeated)",
                },
            ),
            Option(
                ("--api-server",),
                Group.OTHER,
                {
                    "metavar": "HOST:PORT",
                    "default": "",
                    "help": "address of the API server that Nodes reach without any Service, where agents need it",
                },
            ),
            Option(
                ("--form",),
                Group.OTHER,
                {
                    "choices": ("owner", "kubectl", "helm", "kustomize", "git"),
                    "default": "owner",
                    "help": "what the script changes objects with; owner: whatever owns them, else kubectl",
                },
            ),
            Option(
                ("--shell",),
                Group.OTHER,
                {
                    "choices": ("posix", "fish", "powershell"),
                    "default": "posix",
                    "help": "the shell of the commands in text and script (JSON and YAML: always posix)",
                },
            ),
        ),
        examples=(
            "shop/web",
            "shop/web --remedy use-dsr",
            "shop/web --remedy guard-nodeport --allow 198.51.100.0/24 -o script",
        ),
    ),
    Command(
        name="verify",
        summary="Where each step of a plan file stands: done, open, drifted; by reading alone.",
        module="tui.cli.verify",
        target=Target.PLAN,
        formats=("table", "json", "yaml"),
        groups=(Group.CLUSTER,),
        examples=("plan.json", "plan.json -o json", "- --context prod < plan.json"),
        more="exit codes: 0 all done, 1 open or drifted, 2 no such plan, 3 cannot connect, 4 cannot be told",
    ),
    Command(
        name="apply",
        summary="Tries one step of a plan file, or does it, and keeps what was there in the file.",
        module="tui.cli.apply",
        target=Target.PLAN,
        groups=(Group.CLUSTER,),
        own=_CHANGING,
        examples=("plan.json --step 2 --dry-run", "plan.json --step 2 --allow-write"),
        more="A step that catches live traffic compares better when --client-ip IP names the client that dials.",
    ),
    Command(
        name="undo",
        summary="Takes one step back from what `apply` kept in the plan file.",
        module="tui.cli.undo",
        target=Target.PLAN,
        groups=(Group.CLUSTER,),
        own=_CHANGING,
        examples=("plan.json --step 2 --dry-run", "plan.json --step 2 --allow-write"),
    ),
    *SNAPSHOT_COMMANDS,
    Command(
        name="explain",
        summary="The page behind a code or a word, offline, or whose an address of the cluster is.",
        module="tui.cli.explain",
        target=Target.WORD,
        groups=(Group.CLUSTER, Group.SCOPE),
        own=(
            Option(
                ("--address",),
                Group.OTHER,
                {
                    "metavar": "IP",
                    "type": address,
                    "help": "say what owns this address and which Services show it to their Pods",
                },
            ),
        ),
        examples=("AD001", "DSR", "--address 10.10.1.1"),
    ),
    Command(
        name="list-checks",
        summary="All checks with their codes.",
        module="tui.cli.list_checks",
        formats=_LIST,
        examples=("", "-o json"),
    ),
    Command(
        name="list-remedies",
        summary="All ways out with what they give and cost.",
        module="tui.cli.list_remedies",
        formats=_LIST,
        examples=("", "-o name"),
    ),
    Command(
        name="rbac",
        summary="The rights that antrea-doctor needs, as YAML to apply.",
        module="tui.cli.rbac",
        own=(_WITH_WRITE_RIGHTS,),
        examples=("", "--allow-write"),
    ),
    Command(
        name="info",
        summary="Where files are kept, and which versions run.",
        module="tui.cli.info",
        formats=("table", "json", "yaml"),
        examples=("",),
    ),
    Command(
        name="completion",
        summary="A script that completes the words of antrea-doctor in bash, zsh or fish.",
        module="tui.cli.completion",
        target=Target.SHELL,
        examples=("bash", "zsh", "fish"),
        more="""where it belongs:
  bash  ~/.local/share/bash-completion/completions/antrea-doctor
        or in ~/.bashrc: source <(antrea-doctor completion bash)
  zsh   _antrea-doctor in a folder of $fpath, before compinit
        or in ~/.zshrc, after compinit: source <(antrea-doctor completion zsh)
  fish  ~/.config/fish/completions/antrea-doctor.fish

It completes commands, options and their values, codes, remedies, demos and
files. It asks no cluster, so it knows no names of Services and contexts.""",
    ),
    Command(
        name="version",
        summary="The version of antrea-doctor.",
        module="tui.cli.version",
        formats=("text", "json"),
        examples=("", "-o json"),
    ),
)
