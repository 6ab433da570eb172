"""A Pod as a Deployment makes it and the kubelet reports it; all Pods share what their template says."""

import random

from dressing import CREATED, Object, digest, uid, written

_MOUNT = {"name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}
_PROBE = {"periodSeconds": 10, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3}
_CONTAINER: Object = {
    "name": "server",
    "image": "registry.example.com/team/web:v1.42.0",
    "args": ["--listen=:8080", "--log-format=json", "--shutdown-grace=20s"],
    "env": [
        {"name": "LOG_LEVEL", "value": "info"},
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
        {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "database", "key": "url"}}},
        {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://collector.observability:4317"},
    ],
    "ports": [
        {"name": "http", "containerPort": 8080, "protocol": "TCP"},
        {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
    ],
    "resources": {"limits": {"cpu": "1", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
    "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, **_PROBE},
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http", "scheme": "HTTP"}, **_PROBE},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    },
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, _MOUNT],
}
_TOKEN: list[Object] = [
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {
        "downwardAPI": {
            "items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
        }
    },
]
_AWAY = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
_SPEC: Object = {
    "volumes": [
        {"name": "tmp", "emptyDir": {}},
        {"name": "kube-api-access", "projected": {"sources": _TOKEN, "defaultMode": 420}},
    ],
    "containers": [_CONTAINER],
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "serviceAccountName": "default",
    "serviceAccount": "default",
    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    "schedulerName": "default-scheduler",
    "tolerations": [
        {"key": "node.kubernetes.io/not-ready", **_AWAY},
        {"key": "node.kubernetes.io/unreachable", **_AWAY},
    ],
    "priority": 0,
    "enableServiceLinks": True,
    "preemptionPolicy": "PreemptLowerPriority",
}
_CONDITIONS = [
    {"type": type_, "status": "True", "lastTransitionTime": CREATED}
    for type_ in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
]


def real_pod(item: Object, dice: random.Random) -> None:
    """Fills up a Pod in place."""
    meta, status = item["metadata"], item["status"]
    template = f"{dice.getrandbits(40):010x}"
    owner = f"{meta['labels']['app']}-{template}"
    meta["generateName"] = f"{owner}-"
    meta["labels"] = {
        **meta["labels"],
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/name": meta["labels"]["app"],
        "pod-template-hash": template,
    }
    meta["annotations"] = {"prometheus.io/scrape": "true", "prometheus.io/port": "9090"}
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": uid(dice)}
    meta["ownerReferences"] = [{**reference, "controller": True, "blockOwnerDeletion": True}]
    item["spec"] = {**_SPEC, **{key: value for key, value in item["spec"].items() if key != "containers"}}
    if item["spec"].get("hostNetwork"):
        ports = [{**port, "hostPort": port["containerPort"]} for port in _CONTAINER["ports"]]
        item["spec"]["containers"] = [{**_CONTAINER, "ports": ports}]
    status["conditions"] = _CONDITIONS
    status["qosClass"] = "Burstable"
    status["startTime"] = CREATED
    status["containerStatuses"] = [
        {
            "name": "server",
            "state": {"running": {"startedAt": CREATED}},
            "lastState": {},
            "ready": True,
            "restartCount": 0,
            "image": _CONTAINER["image"],
            "imageID": f"registry.example.com/team/web@{digest(dice)}",
            "containerID": f"containerd://{dice.getrandbits(256):064x}",
            "started": True,
        }
    ]
    meta["managedFields"] = _written_by


_LIKE_ANY: Object = {
    "apiVersion": "v1",
    "metadata": {
        "labels": dict.fromkeys(
            ("app", "app.kubernetes.io/managed-by", "app.kubernetes.io/name", "pod-template-hash"), ""
        ),
        "annotations": {"prometheus.io/scrape": "", "prometheus.io/port": ""},
        "ownerReferences": [{"uid": "00000000-0000-4000-a000-000000000000"}],
    },
    "spec": _SPEC,
    "status": {"conditions": _CONDITIONS, "containerStatuses": [{}], "phase": "", "podIP": "", "podIPs": [{"ip": ""}]},
}
_written_by = [
    written(_LIKE_ANY, "kube-controller-manager", ("metadata", "spec")),
    written(_LIKE_ANY, "kubelet", ("status",), "status"),
]
"""The same for all: only the address and the owner's uid within it would differ."""
