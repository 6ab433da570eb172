"""Users of the bed have the rights they are said to have, and no others; the proxy carries them to the real server."""

import json

import pytest

from bed import faults
from bed.api import Api, ApiError
from bed.breaking_proxy import BreakingProxy
from bed.fixtures import Cluster
from bed.users import User, Users, reading

pytestmark = pytest.mark.bed

NAMESPACES = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("shop", "other")]
SERVICES = "/api/v1/services"
NODES = "/api/v1/nodes"
CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
ANTREA = "/apis/crd.antrea.io/v1beta1/clusternetworkpolicies"
SECRETS = "/api/v1/secrets"
EVERYTHING = {SERVICES, NODES, CONFIG_MAPS, ANTREA, SECRETS}


def readable(user: User, paths: set[str]) -> set[str]:
    return {path for path in paths if _status(user.api, path) == 200}


def _status(api: Api, path: str) -> int:
    try:
        api.get(path)
    except ApiError as refusal:
        return refusal.status
    return 200


def test_the_admin_may_do_everything(users: Users) -> None:
    assert readable(users.admin(), EVERYTHING) == EVERYTHING


def test_who_lacks_one_right_has_the_others(users: Users) -> None:
    assert readable(users.without_antrea(), EVERYTHING) == {SERVICES, NODES, CONFIG_MAPS}
    assert readable(users.without_config_maps(), EVERYTHING) == {SERVICES, NODES, ANTREA}
    assert readable(users.without_nodes(), EVERYTHING) == {SERVICES, CONFIG_MAPS, ANTREA}


def test_a_missing_right_is_answered_with_403(users: Users) -> None:
    assert _status(users.without_nodes().api, NODES) == 403


def test_a_namespace_only_user_sees_his_namespace(cluster: Cluster, users: Users) -> None:
    cluster.load(NAMESPACES)
    user = users.namespace_only("shop")
    own = {
        "/api/v1/namespaces/shop/services",
        "/apis/crd.antrea.io/v1beta1/namespaces/shop/networkpolicies",
        "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices",
    }
    others = {path.replace("shop", "other") for path in own}
    assert readable(user, own | others | EVERYTHING | {"/api/v1/namespaces"}) == own
    assert json.loads(user.kubeconfig.read_text())["contexts"][0]["context"]["namespace"] == "shop"


def test_a_role_gives_exactly_its_rules(cluster: Cluster, users: Users) -> None:
    role = {"kind": "ClusterRole", "metadata": {"name": "any"}, "rules": [reading("", "nodes")]}
    assert readable(users.with_role(role), EVERYTHING) == {NODES}
    assert readable(users.with_role({**role, "rules": []}), EVERYTHING) == set()
    cluster.load(NAMESPACES)
    local = {"kind": "Role", "metadata": {"name": "any", "namespace": "shop"}, "rules": [reading("", "configmaps")]}
    paths = {"/api/v1/namespaces/shop/configmaps", *EVERYTHING}
    assert readable(users.with_role(local), paths) == {"/api/v1/namespaces/shop/configmaps"}


def test_the_server_knows_the_user_by_the_name_told(users: Users) -> None:
    user = users.without_nodes()
    review = user.api.send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    assert review["status"]["userInfo"]["username"] == user.name


def test_the_proxy_carries_a_user_to_the_real_server(proxy: BreakingProxy, users: Users, cluster: Cluster) -> None:
    user = users.without_nodes()
    through = Api(proxy.url, cluster.api.ca_file, user.api.token)
    assert (_status(through, SERVICES), _status(through, NODES)) == (200, 403)
    proxy.break_with(faults.status(503), path="services", times=1)
    assert [_status(through, SERVICES), _status(through, SERVICES)] == [503, 200]
    assert [each.path for each in proxy.requests] == [SERVICES, NODES, SERVICES, SERVICES]


def test_a_client_of_kubernetes_reads_through_the_proxy(proxy: BreakingProxy, users: Users) -> None:
    client = pytest.importorskip("kubernetes")
    user = users.without_antrea()
    kubeconfig = proxy.kubeconfig(user.kubeconfig, user.kubeconfig.parent)
    with client.config.new_client_from_config(str(kubeconfig)) as api_client:
        names = [each.metadata.name for each in client.client.CoreV1Api(api_client).list_namespace(limit=2).items]
    assert len(names) == 2
    assert proxy.requests[-1].parameters["limit"] == ["2"]
