"""The grid of scenarios: small clusters as YAML, good and bad Services side by side, with what is expected of each.

The first document is `kind: Scenario`; its `expect` tells, by `namespace/name` of a Service or `cluster`, which codes
are `found` and `unknown` (all of them) and which must be among the `passed`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.kube.recorded import from_objects
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Report, Result, Verdict
from diagnostics.model.snapshot import Snapshot

FOLDER = Path(__file__).parent / "scenarios"
CLUSTER = "cluster"


@dataclass(frozen=True)
class Scenario:
    """One file: the cluster, and by subject the codes that are expected for each verdict."""

    name: str
    snapshot: Snapshot
    expect: dict[str, dict[str, list[str]]]

    @property
    def services(self) -> list[str]:
        """The Services that something is expected of."""
        return [subject for subject in self.expect if subject != CLUSTER]


def names() -> list[str]:
    """Names of all scenarios."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def load(name: str) -> Scenario:
    """One scenario by name."""
    head = _documents(name)[0]
    assert head["kind"] == "Scenario", f"{name}: the first document must be of kind Scenario"
    return Scenario(name, from_objects(objects(name), origin=name), head["expect"])


def objects(name: str) -> list[dict[str, Any]]:
    """The objects of a scenario, the Recording included."""
    return _documents(name)[1:]


@cache
def report(name: str, service: str) -> Report:
    """All checks on one Service of a scenario."""
    snapshot = load(name).snapshot
    return examine(Case.of(snapshot, service, _cluster(name)), CHECKS)


def results(name: str, subject: str) -> tuple[Result, ...]:
    """Results for a Service, or those that concern the whole cluster."""
    if subject == CLUSTER:
        return report(name, load(name).services[0]).cluster
    return report(name, subject).results


def codes(found: tuple[Result, ...], verdict: Verdict) -> list[str]:
    """Codes with a verdict, in order."""
    return sorted(result.code for result in found if result.verdict is verdict)


@cache
def _documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.load_all((FOLDER / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader))


@cache
def _cluster(name: str) -> Cluster:
    return Cluster(load(name).snapshot)
