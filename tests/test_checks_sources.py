"""What checks declare to read is what they read, and what is missing never turns into a wrong answer."""

from dataclasses import fields, replace
from typing import Any

import pytest

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.check import Check, Scope
from diagnostics.checks.examine import run
from diagnostics.kube.kinds import KINDS
from diagnostics.model.case import Case, Cluster
from diagnostics.model.finding import Result, Verdict
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source
from grid import load, names

SOURCE_OF_FIELD = {kind.field: source for source, kind in KINDS.items()}
SERVICES = [(name, service) for name in names() for service in load(name).services]


class Recorder(Snapshot):
    """A Snapshot that notes which of its sources are looked at."""

    def __getattribute__(self, name: str) -> Any:
        if name in SOURCE_OF_FIELD:
            object.__getattribute__(self, "__dict__")["looked_at"].add(SOURCE_OF_FIELD[name])
        return object.__getattribute__(self, name)


def _recorder(snapshot: Snapshot) -> Recorder:
    made = object.__new__(Recorder)
    made.__dict__.update({item.name: getattr(snapshot, item.name) for item in fields(Snapshot)}, looked_at=set())
    return made


def _looked_at(check: Check) -> set[Source]:
    found: set[Source] = set()
    for name, service in SERVICES:
        recorder = _recorder(load(name).snapshot)
        run(check, Case.of(recorder, service))
        found |= recorder.__dict__["looked_at"]
    return found - {Source.SERVICES}  # the Case itself is made from it


@pytest.mark.parametrize("check", [pytest.param(check, id=check.code) for check in CHECKS])
def test_a_check_declares_what_it_reads(check: Check) -> None:
    looked_at = _looked_at(check)

    assert looked_at <= {*check.needs, *check.also_reads}
    assert set(check.needs) - {Source.SERVICES} <= looked_at
    assert Source.SERVICES in check.needs or check.scope is Scope.CLUSTER


def _without(snapshot: Snapshot, source: Source) -> Snapshot:
    """The same cluster as seen by somebody who may not list the source."""
    emptied: dict[str, Any] = {KINDS[source].field: ()}
    return replace(
        snapshot,
        **emptied,
        reads=frozenset(entry for entry in snapshot.reads if entry[0] is not source),
        gaps=(*snapshot.gaps, Gap(source, Reason.FORBIDDEN, "The user may not list them.")),
    )


def _all_results(snapshot: Snapshot, services: list[str]) -> dict[tuple[str, str], Result]:
    cluster = Cluster(snapshot)
    found = {}
    for service in services:
        case = Case.of(snapshot, service, cluster)
        for check in CHECKS:
            found[service, check.code] = run(check, case)
    return found


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("source", [source for source in Source if source is not Source.SERVICES])
def test_a_source_that_is_missing_gives_the_same_answer_or_unknown(name: str, source: Source) -> None:
    scenario = load(name)
    whole = _all_results(scenario.snapshot, scenario.services)
    less = _all_results(_without(scenario.snapshot, source), scenario.services)
    needing = {check.code for check in CHECKS if source in check.needs}

    for (service, code), result in less.items():
        before = whole[service, code].verdict
        allowed = {before, Verdict.UNKNOWN}
        if before is Verdict.NOT_APPLICABLE:  # such as a question about Antrea where it may be now
            allowed.add(Verdict.PASSED)
        assert result.verdict in allowed, f"{code} of {service}: {before}, then {result.verdict}"
        if code in needing and before is not Verdict.NOT_APPLICABLE:
            assert result.verdict is Verdict.UNKNOWN, f"{code} of {service} needs {source}"
            assert result.reason
