"""What each check says of small clusters in which good and bad Services stand side by side."""

from collections.abc import Callable

import msgspec
import pytest
import yaml

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.check import Check, Scope
from diagnostics.model.agent_config import AgentConfig, parse_agent_config
from diagnostics.model.antrea import AGENT_CONFIG_KEY
from diagnostics.model.finding import Verdict
from diagnostics.model.kube_proxy import KubeProxyConfig
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.workload import Node
from grid import CLUSTER, codes, load, names, results

SUBJECTS = [(name, subject) for name in names() for subject in load(name).expect]


@pytest.mark.parametrize(("name", "subject"), SUBJECTS)
def test_a_scenario_gives_the_expected_verdicts(name: str, subject: str) -> None:
    expected, got = load(name).expect[subject], results(name, subject)

    assert codes(got, Verdict.FOUND) == expected.get("found", [])
    reasons = [f"{result.code}: {result.reason}" for result in got if result.verdict is Verdict.UNKNOWN]
    assert codes(got, Verdict.UNKNOWN) == expected.get("unknown", []), reasons
    assert set(expected.get("passed", [])) <= set(codes(got, Verdict.PASSED))


@pytest.mark.parametrize("code", [check.code for check in CHECKS])
@pytest.mark.parametrize("verdict", ["found", "passed"])
def test_each_check_has_a_scenario_where_it_is_found_and_one_where_it_passes(code: str, verdict: str) -> None:
    stated = [(name, subject) for name, subject in SUBJECTS if code in load(name).expect[subject].get(verdict, [])]

    assert stated, f"No scenario says that {code} is {verdict}."


@pytest.mark.parametrize(("name", "subject"), SUBJECTS)
def test_findings_tell_who_where_and_what_to_look_at(name: str, subject: str) -> None:
    for result in results(name, subject):
        for finding in result.findings:
            assert finding.evidence, f"{result.code} gives no evidence"
            assert finding.message.endswith("."), finding.message
            assert "\n" not in finding.message
            assert " None" not in finding.message
            assert len(finding.message) <= 500
            for evidence in finding.evidence:
                kind, _, key = evidence.object.rpartition(" ")
                assert kind, f"{evidence.object} names no kind"
                assert key
                assert evidence.field
                assert evidence.value


@pytest.mark.parametrize(("name", "subject"), SUBJECTS)
def test_unknown_says_what_is_missing_and_others_need_no_excuse(name: str, subject: str) -> None:
    for result in results(name, subject):
        assert bool(result.reason) is (result.verdict is Verdict.UNKNOWN)
        assert bool(result.findings) is (result.verdict is Verdict.FOUND)
        assert "Please report it as a bug" not in result.reason


@pytest.mark.parametrize("check", [pytest.param(check, id=check.code) for check in CHECKS])
def test_the_worst_finding_of_a_check_is_as_bad_as_announced(check: Check) -> None:
    found = [result for name, subject in SUBJECTS for result in results(name, subject) if result.code == check.code]
    severities = [result.severity for result in found if result.severity is not None]

    assert min(severities, key=lambda severity: severity.rank) is check.severity


def test_results_of_the_cluster_stand_apart() -> None:
    scopes = {check.code: check.scope for check in CHECKS}
    for name, subject in SUBJECTS:
        for result in results(name, subject):
            assert (scopes[result.code] is Scope.CLUSTER) is (subject == CLUSTER)


@pytest.mark.parametrize(("name", "subject"), SUBJECTS)
def test_evidence_is_what_kubectl_would_show(name: str, subject: str) -> None:
    snapshot = load(name).snapshot
    for result in results(name, subject):
        for evidence in (item for finding in result.findings for item in finding.evidence):
            kind, _, key = evidence.object.rpartition(" ")
            if evidence.field.startswith("ovsInfo.flowTable["):
                table = evidence.field.removeprefix("ovsInfo.flowTable[").removesuffix("]")
                there = table in snapshot.agent_info_by_node[key].ovs_info.flow_table
                assert evidence.value == ("present" if there else "absent")
            elif key == "kube-system/kube-proxy" and kind == "ConfigMap":
                assert evidence.value == _spelled(_kube_proxy_config(snapshot), evidence.field.rpartition(" ")[2])
            elif evidence.field == f"data[{AGENT_CONFIG_KEY}]":
                text = next(item for item in snapshot.config_maps if item.metadata.key == key).data[AGENT_CONFIG_KEY]
                assert f"{evidence.value.partition(':')[0].rpartition('.')[2]}:" in text
            elif kind == "ConfigMap":
                text = next(item for item in snapshot.config_maps if item.metadata.key == key).data[AGENT_CONFIG_KEY]
                assert evidence.value == _spelled(parse_agent_config(text), evidence.field.rpartition(" ")[2])
            elif kind == "Service" and evidence.field == "spec.externalTrafficPolicy":
                assert evidence.value == snapshot.service_by_key[key].external_policy
            elif kind == "AntreaAgentInfo" and evidence.field == "version":
                assert evidence.value == snapshot.agent_info_by_node[key].version
            elif kind == "Node" and evidence.field == "spec.podCIDRs":
                assert evidence.value.startswith(", ".join(snapshot.node_by_name[key].pod_cidrs))
            elif kind == "Node" and evidence.field in FIELDS_OF_NODE:
                assert evidence.value == FIELDS_OF_NODE[evidence.field](snapshot.node_by_name[key])
            elif kind == "Node":
                assert evidence.value in {entry.address for entry in snapshot.node_by_name[key].status.addresses}


FIELDS_OF_NODE: dict[str, Callable[[Node], str]] = {
    "spec.providerID": lambda node: node.spec.provider_id,
    "status.nodeInfo.kubeletVersion": lambda node: node.status.node_info.kubelet_version,
    "metadata.labels[kubernetes.io/os]": lambda node: node.metadata.labels["kubernetes.io/os"],
}


def _kube_proxy_config(snapshot: Snapshot) -> KubeProxyConfig:
    text = next(item for item in snapshot.config_maps if item.metadata.name == "kube-proxy").data["config.conf"]
    return msgspec.convert(yaml.safe_load(text), KubeProxyConfig, strict=False)


def _spelled(config: AgentConfig | KubeProxyConfig, path: str) -> str:
    """The value at a path of a configuration, as YAML spells it."""
    if path.startswith("featureGates."):
        assert isinstance(config, AgentConfig)
        value: object = config.gate(path.removeprefix("featureGates."), None)
    else:
        value = msgspec.to_builtins(config)
        for part in path.split("."):
            value = value[part]  # type: ignore[index]
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return {True: "true", False: "false", "": '""'}.get(value, str(value))
