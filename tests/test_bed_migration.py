"""Migration to proxyAll, removal of kube-proxy and trial of DSR, with the real kubectl on a real API server.

Neither controllers nor Antrea run behind it: what waits for them is left out, every object is really written.
"""

import shutil
import time
from typing import Any

import pytest

from bed import antrea
from bed.fixtures import Cluster
from diagnostics.kube.demos import demo_objects
from diagnostics.kube.recorded import from_objects
from diagnostics.model.case import Case
from diagnostics.remedies.offered.catalogue import remedy
from diagnostics.remedies.plan.plan import Plan, Question
from diagnostics.remedies.steps.echo_workload import NAMESPACE
from diagnostics.remedies.steps.kube_proxy_rules import CLEANUP
from test_bed_remedies import CONFIG_MAP, Shell, play, shell, take_back  # noqa: F401  # shell is a fixture

pytestmark = [
    pytest.mark.bed,
    pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed"),
    pytest.mark.skipif(antrea.crds_file() is None, reason="Antrea's own schemas are not at hand"),
]
SERVER = "172.18.0.2:6443"
KUBE_PROXY = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
KUBE_PROXY_CONFIG = "/api/v1/namespaces/kube-system/configmaps/kube-proxy"
DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"


def planned(cluster: Cluster, run: Shell, demo: str, slug: str) -> Plan:
    """A plan for shop/web of that recording, with the ConfigMap as it stands in the server."""
    recorded = [item for item in demo_objects(demo) if item["kind"] != "Recording"]
    objects = [item for item in recorded if item["metadata"]["name"] != "kubernetes"]  # the server has its own
    cluster.load(objects)
    server = cluster.api.get(CONFIG_MAP)
    standing = [server if item["metadata"]["name"] == "antrea-config" else item for item in objects]
    context = run("kubectl config current-context").stdout.strip()
    question = Question(kube_context=context, api_server=SERVER)
    plan = remedy(slug).make(Case.of(from_objects(standing), "shop/web"), question)
    assert plan.applicable, (plan.blocked_by, plan.asks)
    return plan


def config(cluster: Cluster) -> dict[str, str]:
    data: dict[str, str] = cluster.api.get(CONFIG_MAP)["data"]
    return data


def kube_proxy(cluster: Cluster) -> tuple[Any, Any, Any]:
    found = cluster.api.get(KUBE_PROXY)
    return found["spec"], found["metadata"].get("labels"), cluster.api.get(KUBE_PROXY_CONFIG)["data"]


def names(cluster: Cluster) -> set[str]:
    return {item["metadata"]["name"] for item in cluster.api.get(DAEMON_SETS)["items"]}


def test_proxy_all_is_switched_on_and_taken_back(cluster: Cluster, shell: Shell) -> None:  # noqa: F811
    plan = planned(cluster, shell, "seed", "enable-proxy-all")
    before = config(cluster)
    for step in plan.steps:
        play(shell, step)
    assert "proxyAll: true" in config(cluster)["antrea-agent.conf"]
    time.sleep(1.1)  # kubectl refuses to restart the same DaemonSet twice within a second
    take_back(shell, plan)
    assert config(cluster) == before


def test_kube_proxy_goes_and_comes_back_as_it_was(cluster: Cluster, shell: Shell) -> None:  # noqa: F811
    plan = planned(cluster, shell, "proxy-all", "remove-kube-proxy")
    before, settings = kube_proxy(cluster), config(cluster)
    for step in plan.steps:
        play(shell, step)
        if step.title.startswith("Clean"):
            assert CLEANUP in names(cluster)
    assert "kube-proxy" not in names(cluster)
    assert CLEANUP not in names(cluster)
    assert SERVER in config(cluster)["antrea-agent.conf"]
    take_back(shell, plan)
    assert kube_proxy(cluster) == before
    assert config(cluster) == settings


def test_the_trial_of_dsr_is_accepted_by_pod_security_and_ends_with_its_namespace(
    cluster: Cluster,
    shell: Shell,  # noqa: F811
) -> None:
    plan = planned(cluster, shell, "dsr", "test-dsr")
    services = cluster.api.get("/api/v1/namespaces/shop/services")["items"]
    *steps, last = plan.steps
    for step in steps:
        play(shell, step)
    echo = cluster.api.get(f"/api/v1/namespaces/{NAMESPACE}/services/echo")
    assert echo["metadata"]["annotations"]["service.antrea.io/load-balancer-mode"] == "dsr"
    template = cluster.api.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/echo")["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "echo-", **template["metadata"]}}
    cluster.api.send("POST", f"/api/v1/namespaces/{NAMESPACE}/pods", {**pod, "spec": template["spec"]})
    done = shell(f"{last.commands[0]} --wait=false")  # nobody ends namespaces behind this server
    assert done.returncode == 0, done.stderr
    assert cluster.api.get(f"/api/v1/namespaces/{NAMESPACE}")["metadata"]["deletionTimestamp"]
    assert cluster.api.get("/api/v1/namespaces/shop/services")["items"] == services
