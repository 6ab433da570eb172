"""A Node as the kubelet and its controllers fill it: mostly images, conditions and who wrote what."""

import random

from dressing import CREATED, Object, digest, written

IMAGES = 26
_CONDITIONS = (
    ("NetworkUnavailable", "False", "NodeNetworkAvailable", "Antrea agent has reported its routes"),
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
_RESOURCES = {"cpu": "16", "ephemeral-storage": "203056560Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0"}


def real_node(item: Object, dice: random.Random) -> None:
    """Fills up a Node in place."""
    meta, spec, status = item["metadata"], item["spec"], item["status"]
    name = meta["name"]
    meta["labels"] = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "node-role.kubernetes.io/worker": "",
        "node.kubernetes.io/instance-type": "m5.4xlarge",
        "topology.kubernetes.io/region": "region-1",
        **meta.get("labels", {}),
    }
    meta["annotations"] = {
        "csi.volume.kubernetes.io/nodeid": f'{{"ebs.csi.example.com":"i-{dice.getrandbits(68):017x}"}}',
        "node.alpha.kubernetes.io/ttl": "0",
        "node.antrea.io/mac-address": ":".join(f"{dice.randrange(256):02x}" for _ in range(6)),
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    }
    spec.setdefault("providerID", f"example:///region-1a/i-{dice.getrandbits(68):017x}")
    status["addresses"] = [*status["addresses"], {"type": "Hostname", "address": name}]
    status["capacity"] = {**_RESOURCES, "memory": "64688324Ki", "pods": "234"}
    status["allocatable"] = {**_RESOURCES, "cpu": "15890m", "memory": "61688324Ki", "pods": "234"}
    times = {"lastHeartbeatTime": CREATED, "lastTransitionTime": CREATED}
    status["conditions"] = [
        {"type": type_, "status": holds, **times, "reason": reason, "message": message}
        for type_, holds, reason, message in _CONDITIONS
    ]
    status["daemonEndpoints"] = {"kubeletEndpoint": {"Port": 10250}}
    status["images"] = [_image(dice, number) for number in range(IMAGES)]
    status["nodeInfo"] = {
        "architecture": "amd64",
        "bootID": f"{dice.getrandbits(128):032x}",
        "containerRuntimeVersion": "containerd://2.1.4",
        "kernelVersion": "6.12.40-64.114.example.x86_64",
        "kubeProxyVersion": "",
        "machineID": f"{dice.getrandbits(128):032x}",
        "osImage": "Example Linux 2026.3",
        "systemUUID": f"{dice.getrandbits(128):032x}",
        **status.get("nodeInfo", {}),
    }
    slim = {**item, "status": {key: value for key, value in status.items() if key != "images"}}
    meta["managedFields"] = [
        written(slim, "kubelet", ("metadata",)),
        written(slim, "kube-controller-manager", ("spec",)),
        written(slim, "kubelet", ("status",), "status"),
    ]


def _image(dice: random.Random, number: int) -> Object:
    repository = f"registry.example.com/platform/component-{number}"
    tag = f"v{dice.randrange(9)}.{dice.randrange(40)}.{dice.randrange(9)}"
    return {
        "names": [f"{repository}@{digest(dice)}", f"{repository}:{tag}"],
        "sizeBytes": dice.randrange(10**6, 10**9),
    }
