"""Antrea's kinds in the bed: with their real schemas where Antrea's file is at hand, else as stand-ins.

The file is `build/yamls/antrea-crds.yml` of Antrea's Go module. It is looked for where the variable ANTREA_CRDS says,
then beside the built programs, where `provide.py` puts it. It is never part of this repository. Stand-ins accept
anything under the same names, so that tests which only read Antrea's objects run without it.
"""

import os
from pathlib import Path
from typing import Any

import yaml

from bed.binaries import cache_folder

MODULE = "antrea.io/antrea/v2"
VERSION = "v2.7.0"
FILE_IN_MODULE = "build/yamls/antrea-crds.yml"

GROUP = "crd.antrea.io"
STAND_INS = (
    # plural, kind, scope, has a status sub-resource
    ("antreaagentinfos", "AntreaAgentInfo", "Cluster", False),
    ("antreacontrollerinfos", "AntreaControllerInfo", "Cluster", False),
    ("clustergroups", "ClusterGroup", "Cluster", True),
    ("clusternetworkpolicies", "ClusterNetworkPolicy", "Cluster", True),
    ("egresses", "Egress", "Cluster", True),
    ("externalippools", "ExternalIPPool", "Cluster", True),
    ("groups", "Group", "Namespaced", True),
    ("networkpolicies", "NetworkPolicy", "Namespaced", True),
    ("tiers", "Tier", "Cluster", False),
    ("traceflows", "Traceflow", "Cluster", True),
)


def cached_crds() -> Path:
    """Where `provide.py` keeps Antrea's file."""
    return cache_folder() / f"antrea-crds-{VERSION}.yml"


def crds_file() -> Path | None:
    """Antrea's own file of CRDs, or None where it is not at hand; FileNotFoundError if ANTREA_CRDS names none."""
    if named := os.environ.get("ANTREA_CRDS"):
        if not Path(named).is_file():
            raise FileNotFoundError(f"ANTREA_CRDS names no file: {named}")
        return Path(named)
    return cached_crds() if cached_crds().is_file() else None


def definitions() -> list[dict[str, Any]]:
    """The CustomResourceDefinitions to create, real ones if possible."""
    if not (file := crds_file()):
        return [_stand_in(*row) for row in STAND_INS]
    documents = yaml.load_all(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [each for each in documents if each]


def _stand_in(plural: str, kind: str, scope: str, has_status: bool) -> dict[str, Any]:
    version: dict[str, Any] = {
        "name": "v1beta1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        "subresources": {"status": {}} if has_status else {},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": scope,
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [version],
        },
    }
