"""Login programs (exec plugins of the kubeconfig), run again while somebody is at work.

The official loader gives a login program the terminal: good for the first login, when it may ask for a password. Later
the screen belongs to the app, so that a program would take its keys and write over it. Then it gets no input, and what
it says is kept for the sentence that tells of its failure.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kubernetes.config import ConfigException, kube_config
from kubernetes.config.exec_provider import ExecProvider

LONGEST_SECONDS = 60.0
_here = threading.local()


@contextmanager
def unattended() -> Iterator[None]:
    """Login programs that this thread runs meanwhile get no terminal."""
    _here.unattended = True
    try:
        yield
    finally:
        _here.unattended = False


class LoginProgram(ExecProvider):
    """A login program that leaves the terminal alone where nobody attends to it."""

    def run(self, previous_response: object = None) -> Mapping[str, Any]:
        """The status of the ExecCredential that the program prints. Raises ConfigException as the loader does."""
        if not getattr(_here, "unattended", False):
            status: Mapping[str, Any] = super().run(previous_response)  # type: ignore[no-untyped-call]
            return status
        return self._alone()

    def _alone(self) -> Mapping[str, Any]:
        spec: dict[str, object] = {"interactive": False}
        if self.cluster:
            spec["cluster"] = self.cluster.value
        told = {"apiVersion": self.api_version, "kind": "ExecCredential", "spec": spec}
        try:
            done = subprocess.run(
                self.args,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=self.cwd,
                env={**self.env, "KUBERNETES_EXEC_INFO": json.dumps(told)},
                text=True,
                errors="replace",
                shell=sys.platform == "win32",
                timeout=LONGEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ConfigException(f"exec: the program gave no answer within {LONGEST_SECONDS:.0f} s") from error
        if done.returncode != 0:
            raise ConfigException(f"exec: process returned {done.returncode}. {done.stderr.strip()}".rstrip(". "))
        try:
            answer = json.loads(done.stdout)
            status: Mapping[str, Any] = answer["status"]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigException("exec: the program printed no ExecCredential with a status") from error
        if answer.get("apiVersion") != self.api_version:
            raise ConfigException(f"exec: the program answered for another version than {self.api_version}")
        return status


def take_over() -> None:
    """Makes the official loader run login programs in this way; it has no other place to say so."""
    kube_config.ExecProvider = LoginProgram  # type: ignore[attr-defined]
