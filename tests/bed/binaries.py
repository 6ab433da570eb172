"""Where the programs of the test bed are: kube-apiserver and etcd, of the versions that go.mod pins."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

HERE = Path(__file__).parent
COMMAND = "python tests/bed/provide.py"
"""The one command that provides what is missing."""


@dataclass(frozen=True)
class Binaries:
    """The two programs of a control plane."""

    kube_apiserver: Path
    etcd: Path

    @classmethod
    def within(cls, folder: Path) -> "Binaries":
        """Those that are, or are to be, in one folder."""
        return cls(folder / "kube-apiserver", folder / "etcd")

    @property
    def present(self) -> bool:
        """Whether both are there and may be run."""
        return all(os.access(program, os.X_OK) for program in (self.kube_apiserver, self.etcd))


def pinned_version(module: str) -> str:
    """The version of a Go module that go.mod requires, such as `v1.36.3`; KeyError if it requires none."""
    found = re.search(rf"^\s+{re.escape(module)} (v\S+)", (HERE / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise KeyError(module)
    return found[1]


def kubernetes_version() -> str:
    """The version of Kubernetes that is built here."""
    return pinned_version("k8s.io/kubernetes")


def etcd_version() -> str:
    """The version of etcd that is built here."""
    return pinned_version("go.etcd.io/etcd/server/v3")


def cache_folder() -> Path:
    """Where built programs are kept: one folder for each pair of versions, outside the repository."""
    versions = f"kubernetes-{kubernetes_version()}-etcd-{etcd_version()}"
    return user_cache_path("antrea-doctor") / "bed" / versions


def find() -> Binaries | None:
    """The programs in the folder named by KUBEBUILDER_ASSETS, else those built earlier, else None."""
    folders = [cache_folder()]
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        folders.insert(0, Path(assets))
    return next((each for each in map(Binaries.within, folders) if each.present), None)
