"""A real etcd and kube-apiserver on loopback, with Antrea's kinds in it, and nothing else: no controllers, no Nodes."""

import contextlib
import secrets
import socket
import time
from pathlib import Path

import trustme
import urllib3

from bed.antrea import definitions
from bed.api import Api, ApiError
from bed.binaries import Binaries
from bed.etcd_keys import EtcdKeys
from bed.processes import Program

SERVICE_RANGES = "10.96.0.0/16,fd00:10:96::/112"
LONGEST_START = 60.0
"""Seconds after which a control plane that is not ready counts as failed."""

# Each of these would change or refuse objects recorded in another cluster, whose controllers are missing here.
UNWANTED_ADMISSION = (
    "DefaultTolerationSeconds",
    "PodSecurity",
    "Priority",
    "RuntimeClass",
    "ServiceAccount",
    "TaintNodesByCondition",
)


class StartError(Exception):
    """The control plane did not become ready; the message ends in the last words of the program to blame."""


class ControlPlane:
    """One running control plane. `start` makes it, `stop` ends it, `wipe` empties it."""

    def __init__(self, binaries: Binaries, folder: Path) -> None:
        """Keep its data in `folder`, which is not removed afterwards."""
        self.ca = trustme.CA(organization_name="antrea-doctor test bed")
        self.ca_file = folder / "ca.pem"
        self.url = ""
        self.api: Api
        self._binaries = binaries
        self._folder = folder
        self._token = secrets.token_hex(16)
        self._programs: list[Program] = []
        self._keys: EtcdKeys

    @classmethod
    def start(cls, binaries: Binaries, folder: Path) -> "ControlPlane":
        """Start one and wait until it serves Antrea's kinds; StartError if it does not within a minute."""
        plane = cls(binaries, folder)
        plane._write_credentials()
        try:
            plane._start_programs()
            plane._install_antrea()
            plane._keys.remember()
        except BaseException:
            plane.stop()
            raise
        return plane

    @property
    def running(self) -> bool:
        """Whether both programs still run."""
        return bool(self._programs) and all(each.running for each in self._programs)

    @property
    def pids(self) -> list[int]:
        """The process ids of its programs."""
        return [each.pid for each in self._programs]

    def last_words(self) -> str:
        """The ends of its logs, for whoever has to say why it failed."""
        return "\n".join(f"{each.log.name}: {each.last_words()}" for each in self._programs)

    @property
    def keys(self) -> EtcdKeys:
        """The contents of its etcd."""
        return self._keys

    def wipe(self) -> int:
        """Bring back the state right after the start; how many keys of etcd that changed."""
        return self._keys.wipe()

    def stop(self) -> None:
        """Kill both programs."""
        for program in reversed(self._programs):
            program.stop()

    def _write_credentials(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        server = self.ca.issue_cert("127.0.0.1", "localhost", "kubernetes.default.svc")
        self.ca.cert_pem.write_to_path(self.ca_file)
        server.private_key_pem.write_to_path(self._folder / "server.key")
        server.cert_chain_pems[0].write_to_path(self._folder / "server.pem")
        (self._folder / "tokens.csv").write_text(f"{self._token},admin,admin,system:masters\n")

    def _start_programs(self) -> None:
        etcd_port, peer_port, port = free_ports(3)
        etcd_url, peer_url = f"http://127.0.0.1:{etcd_port}", f"http://127.0.0.1:{peer_port}"
        self.url = f"https://127.0.0.1:{port}"
        self.api = Api(self.url, self.ca_file, self._token)
        self._keys = EtcdKeys(etcd_url)
        etcd: list[str | Path] = [
            self._binaries.etcd,
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={etcd_url}",
            f"--advertise-client-urls={etcd_url}",
            f"--listen-peer-urls={peer_url}",
            f"--initial-advertise-peer-urls={peer_url}",
            f"--initial-cluster=default={peer_url}",
            "--unsafe-no-fsync",  # the data need not outlive the process
            "--max-txn-ops=10000",
            f"--quota-backend-bytes={8 * 1024**3}",
            "--log-level=warn",
        ]
        apiserver: list[str | Path] = [
            self._binaries.kube_apiserver,
            f"--etcd-servers={etcd_url}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--cert-dir={self._folder}",
            f"--tls-cert-file={self._folder / 'server.pem'}",
            f"--tls-private-key-file={self._folder / 'server.key'}",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._folder / 'server.key'}",
            f"--service-account-signing-key-file={self._folder / 'server.key'}",
            "--authorization-mode=RBAC",
            f"--service-cluster-ip-range={SERVICE_RANGES}",
            "--endpoint-reconciler-type=none",  # it would fight the endpoints of a recorded `kubernetes` Service
            f"--disable-admission-plugins={','.join(UNWANTED_ADMISSION)}",
            "--allow-privileged=true",
        ]
        self._programs.append(Program(etcd, self._folder / "etcd.log"))
        self._programs.append(Program(apiserver, self._folder / "kube-apiserver.log"))
        for path in ("/readyz", "/api/v1/namespaces/default", "/api/v1/namespaces/kube-system"):
            self._wait_for_answer(path)

    def _install_antrea(self) -> None:
        wanted = definitions()
        for each in wanted:
            self.api.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", each)
        # Established would be too early: the first list still finds a cache that is filling, and is told to wait.
        for spec in (each["spec"] for each in wanted):
            for version in spec["versions"]:
                self._wait_for_answer(f"/apis/{spec['group']}/{version['name']}/{spec['names']['plural']}")

    def _wait_for_answer(self, path: str) -> None:
        end = time.monotonic() + LONGEST_START
        while self.running and time.monotonic() < end:
            with contextlib.suppress(ApiError, urllib3.exceptions.HTTPError):
                self.api.get(path)
                return
            time.sleep(0.02)
        raise StartError(f"waited in vain for {path}\n{self.last_words()}")


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now; different from each other."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
