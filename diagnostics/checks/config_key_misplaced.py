"""AD049: keys of the agents' configuration that stand twice, or where agents do not look."""

from collections.abc import Iterator

from diagnostics.checks.check import Scope, check
from diagnostics.checks.facts import ANTREA_SOURCES, agent_config, antrea_may_be_here
from diagnostics.model.antrea import AGENT_CONFIG_KEY
from diagnostics.model.case import Case
from diagnostics.model.config_mistakes import Mistake, config_mistakes
from diagnostics.model.finding import Evidence, Finding, Severity
from diagnostics.model.snapshot import Source

LENIENT_SINCE = "2.0"


@check(
    "AD049",
    "Each key of the agents' configuration stands once, where agents look for it",
    severity=Severity.BROKEN,
    scope=Scope.CLUSTER,
    needs=(Source.DAEMON_SETS, Source.CONFIG_MAPS),
    also_reads=ANTREA_SOURCES,
    applies=antrea_may_be_here,
)
def config_key_misplaced(case: Case) -> Iterator[Finding]:
    """
    ## What it means
    A key of `antrea-agent.conf` stands twice in one place, or a key that agents know stands in another section than
    theirs, such as `proxyAll` beside `antreaProxy` instead of in it.

    ## Why it matters
    An agent does not start with a key that stands twice. A key in a wrong section does nothing since v2.0, and nothing
    tells so; before v2.0 the agent does not start. A key under `featureGates` that is no gate stops every release.
    Running agents go on until they restart.

    ## How to verify
    ```
    kubectl --context CONTEXT -n kube-system get configmaps antrea-config -o yaml
    kubectl --context CONTEXT -n kube-system logs daemonsets.apps/antrea-agent -c antrea-agent
    ```

    ## What to do
    Merge the two, or move the key to its section, before any agent restarts. Then restart the agents: a changed
    ConfigMap alone does nothing.

    ## Sources
    antrea:pkg/util/yaml UnmarshalLenient, antrea:cmd/antrea-agent/options.go, antrea#6156, antrea#7175.
    """
    agent_config(case)
    antrea = case.cluster.antrea
    name = f"{antrea.namespace}/{antrea.config_map_name}"
    texts = [item.data.get(AGENT_CONFIG_KEY, "") for item in case.snapshot.config_maps if item.metadata.key == name]
    lenient = antrea.at_least(LENIENT_SINCE) is not False
    for mistake in (item for text in texts for item in config_mistakes(text)):
        stops = not mistake.belongs or mistake.path.startswith("featureGates.") or not lenient
        yield Finding(
            Severity.BROKEN if stops else Severity.RISKY,
            f"ConfigMap {name}",
            f"{AGENT_CONFIG_KEY} {_said(mistake)}: {'agents will not start again' if stops else 'agents ignore it'}; "
            f"{f'write {mistake.belongs}' if mistake.belongs else 'keep one of them'}.",
            (Evidence(f"ConfigMap {name}", f"data[{AGENT_CONFIG_KEY}]", f"{mistake.path}: {mistake.value}"),),
        )


def _said(mistake: Mistake) -> str:
    if not mistake.belongs:
        return f"has the key {mistake.path} {mistake.value}"
    return f"has {mistake.path}, where agents do not look for it"
