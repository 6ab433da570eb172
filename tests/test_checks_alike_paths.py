"""Paths that policies cannot tell apart share one answer, and it is the one that each would get alone."""

import pytest

from diagnostics.checks.fates import as_if_kept
from diagnostics.datapath.trace import external_paths
from diagnostics.model.case import Case, Cluster
from diagnostics.policy.admitted import admitted
from grid import load, names


@pytest.mark.parametrize("name", names())
def test_a_shared_answer_is_that_of_each_path_alone(name: str) -> None:
    scenario = load(name)
    cluster = Cluster(scenario.snapshot)
    for service in scenario.services:
        together = Case.of(scenario.snapshot, service, cluster)
        for path in together.once(external_paths):
            for asked in (path, as_if_kept(path)):
                alone = Case.of(scenario.snapshot, service, cluster)
                assert admitted(together, asked) == admitted(alone, asked)
