"""One measurement in a process of its own, so that nothing earlier is warm: `python probe.py WHAT KUBECONFIG`.

Prints JSON: seconds by the clock, seconds of processor time, MiB at most, requests, and bytes on the wire. Importing
is not counted: what is compared is the work.

floor     the lists of an overview as bytes: plain HTTP requests with our headers, as many at a time as we send
typed     the same lists by the official client's own functions, into its models
overview  what the app and every command read first
examine   one examination on top of an overview, which is not counted: policies, Pods, paths, checks
"""

import json
import resource
import ssl
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

import urllib3  # noqa: E402 - needs the path above

LISTS = (
    "/api/v1/services",
    "/apis/discovery.k8s.io/v1/endpointslices",
    "/api/v1/nodes",
    "/apis/apps/v1/daemonsets",
    "/apis/crd.antrea.io/v1beta1/antreaagentinfos",
)
AT_ONCE = 4
Work = Callable[[], dict[str, int]]


def floor(kubeconfig: str) -> Work:
    """Bytes only, unpacked as curl --compressed does, and let go."""
    config = json.loads(Path(kubeconfig).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    trust = ssl.create_default_context(cafile=cluster["certificate-authority"])
    headers = {"Authorization": f"Bearer {user['token']}", "Accept": "application/json", "Accept-Encoding": "gzip"}

    def fetch(pool: urllib3.PoolManager, path: str) -> int:
        url = f"{cluster['server']}{path}?resourceVersion=0"
        answer = pool.request("GET", url, headers=headers, preload_content=False)
        packed = answer.headers.get("Content-Encoding") == "gzip"  # small answers are not
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
        size = 0
        for part in answer.stream(1 << 20, decode_content=False):
            size += len(part)
            if packed:
                unpack.decompress(part)
        assert answer.status == 200, answer.status
        return size

    def work() -> dict[str, int]:
        pool = urllib3.PoolManager(maxsize=AT_ONCE, ssl_context=trust)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            sizes = list(threads.map(lambda path: fetch(pool, path), LISTS))
        return {"requests": len(LISTS), "bytes": sum(sizes)}

    return work


def typed(kubeconfig: str) -> Work:
    """The official client as its documentation shows it."""
    from kubernetes import client, config

    config.load_kube_config(kubeconfig)  # type: ignore[no-untyped-call]

    def work() -> dict[str, int]:
        core, custom = client.CoreV1Api(), client.CustomObjectsApi()
        whole: list[Any] = [
            core.list_service_for_all_namespaces(resource_version="0"),
            client.DiscoveryV1Api().list_endpoint_slice_for_all_namespaces(resource_version="0"),
            core.list_node(resource_version="0"),
            client.AppsV1Api().list_daemon_set_for_all_namespaces(resource_version="0"),
            custom.list_cluster_custom_object("crd.antrea.io", "v1beta1", "antreaagentinfos", resource_version="0"),
        ]
        return {"requests": len(whole), "bytes": 0}

    return work


def overview(kubeconfig: str) -> Work:
    """Ours."""
    from diagnostics.kube.live import LiveCluster, Wish

    def work() -> dict[str, int]:
        cluster = LiveCluster.open(Wish(kubeconfig=kubeconfig))
        cluster.overview()
        return {"requests": cluster.traffic.requests, "bytes": cluster.traffic.received}

    return work


def examine(kubeconfig: str) -> Work:
    """Of the first LoadBalancer Service with endpoints."""
    from diagnostics.checks.catalogue import CHECKS
    from diagnostics.checks.examine import examine as examine_case
    from diagnostics.datapath.trace import trace
    from diagnostics.kube.live import LiveCluster, Wish
    from diagnostics.model.case import Case

    cluster = LiveCluster.open(Wish(kubeconfig=kubeconfig))
    snapshot = cluster.overview()
    before = cluster.traffic
    key = next(
        key
        for key, service in snapshot.service_by_key.items()
        if service.spec.type == "LoadBalancer" and any(each.endpoints for each in snapshot.slices_by_service[key])
    )

    def work() -> dict[str, int]:
        case = Case.of(cluster.deepen(snapshot, key), key)
        trace(case)
        examine_case(case, CHECKS)
        now = cluster.traffic
        return {"requests": now.requests - before.requests, "bytes": now.received - before.received}

    return work


PROBES: dict[str, Callable[[str], Work]] = {"floor": floor, "typed": typed, "overview": overview, "examine": examine}


def main() -> None:
    """Does what the first word says, with the kubeconfig that the second names."""
    work = PROBES[sys.argv[1]](sys.argv[2])
    began, spent = time.perf_counter(), time.process_time()
    found = work()
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - spent}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**took, "mebibytes": peak, **found}))


if __name__ == "__main__":
    main()
