"""The commands on saved Snapshots."""

from tui.cli.command import Command, Target
from tui.cli.options import Group, Option

SNAPSHOT_COMMANDS = (
    Command(
        name="snapshot save",
        summary="Keeps what was read of the cluster in a file, for -f and for somebody else.",
        module="tui.cli.snapshot_save",
        target=Target.NEW_SNAPSHOT,
        groups=(Group.CLUSTER, Group.SCOPE),
        own=(Option(("--force",), Group.OTHER, {"action": "store_true", "help": "overwrite a file that is there"}),),
        examples=("prod.json -A", "web.yaml shop/web", "small.json -f objects/"),
        more="""Always in it: Services, EndpointSlices, Nodes, DaemonSets, and how Antrea and
kube-proxy are configured. Policies and Pods for the chosen Services: one,
with -A all, else those of the current namespace. Only the fields that
antrea-doctor reads are kept: no Secrets, no environments and arguments of
containers. Names, labels and addresses stand there as they are.
Whoever has the file looks at it with: antrea-doctor -f FILE""",
    ),
    Command(
        name="snapshot show",
        summary="What is in a saved file: which cluster, when, how much, and what could not be read.",
        module="tui.cli.snapshot_show",
        target=Target.SNAPSHOT,
        formats=("text", "json", "yaml"),
        examples=("prod.json", "prod.json -o json"),
    ),
    Command(
        name="snapshot diff",
        summary="What changed between two saved files, or between a file and the cluster now.",
        module="tui.cli.snapshot_diff",
        target=Target.TWO_SNAPSHOTS,
        formats=("text", "json", "yaml"),
        groups=(Group.CLUSTER,),
        own=(
            Option(
                ("--service",),
                Group.OTHER,
                {
                    "metavar": "NAMESPACE/SERVICE",
                    "dest": "services",
                    "action": "append",
                    "default": [],
                    "help": "only this Service and what concerns the whole cluster (may be repeated)",
                },
            ),
        ),
        examples=("before.json after.json", "before.json", "before.json after.json --service shop/web -o json"),
        more="exit codes: 0 nothing changed, 1 something did, 2 no such file, 3 cannot connect",
    ),
)
