"""Provides the programs of the test bed: `python tests/bed/provide.py`.

Takes kube-apiserver and etcd from the folder named by KUBEBUILDER_ASSETS if they are there, else builds them once
from their Go modules into a cache folder. Antrea's own CRDs are downloaded with its Go module unless ANTREA_CRDS names
the file or `--without-antrea` is given; without them the bed has stand-ins and says so.

Exit codes: 0 the bed can be used, 1 a build failed, 3 Go is missing or its modules cannot be had.
"""

import argparse
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if not __package__:  # started as a script, not imported by a test
    sys.path[0] = str(Path(__file__).parents[1])

from bed import antrea
from bed.binaries import HERE, Binaries, cache_folder, etcd_version, find, kubernetes_version

UNREACHABLE = ("dial tcp", "no such host", "i/o timeout", "proxyconnect", "Forbidden", "not available", "reading http")
"""Words by which the output of Go tells that a module could not be had, as against a build that failed."""


class ProvideError(Exception):
    """One sentence for the person who asked, and the exit code."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Provide what is missing, print where it is, return the exit code."""
    parser = argparse.ArgumentParser(description="Provide kube-apiserver, etcd and Antrea's CRDs for the test bed.")
    parser.add_argument("--without-antrea", action="store_true", help="do not download Antrea's module")
    options = parser.parse_args(arguments)
    try:
        binaries = find() or build()
    except ProvideError as refusal:
        print(f"The test bed cannot be provided: {refusal}", file=sys.stderr)
        return refusal.exit_code
    print(f"kube-apiserver: {binaries.kube_apiserver}\netcd: {binaries.etcd}")
    print(f"Antrea's CRDs: {provide_crds(download=not options.without_antrea)}")
    return 0


def build() -> Binaries:
    """Build both programs into the cache folder, unless another builder does so meanwhile; ProvideError if not."""
    require_go()
    kubernetes = kubernetes_version()
    major, minor = kubernetes.removeprefix("v").split(".")[:2]
    versions = {
        "k8s.io/component-base/version.gitVersion": kubernetes,
        "k8s.io/component-base/version.gitMajor": major,
        "k8s.io/component-base/version.gitMinor": minor,
    }
    wanted = Binaries.within(cache_folder())
    with sole_builder():
        if not wanted.etcd.exists():
            go_build("./etcd", wanted.etcd, f"etcd {etcd_version()} (about 1 minute)")
        if not wanted.kube_apiserver.exists():
            message = f"kube-apiserver {kubernetes} (about 5 minutes on 2 cores)"
            go_build("k8s.io/kubernetes/cmd/kube-apiserver", wanted.kube_apiserver, message, versions)
    return wanted


def provide_crds(*, download: bool) -> str:
    """Where Antrea's CRDs are, downloading them if allowed; a sentence that says what stands in for them otherwise."""
    try:
        if not antrea.crds_file() and download:
            require_go()
            download_crds()
        if file := antrea.crds_file():
            return str(file)
    except (ProvideError, FileNotFoundError) as reason:
        return f"stand-ins that accept anything, because the real ones cannot be had: {reason}"
    return "stand-ins that accept anything (set ANTREA_CRDS to Antrea's antrea-crds.yml for the real ones)"


def download_crds() -> None:
    """Keep a copy of Antrea's file from the Go module cache beside the programs; ProvideError if it cannot be had."""
    wanted = f"{antrea.MODULE}@{antrea.VERSION}"
    print(f"downloading the Go module {wanted} ...", flush=True)
    # Outside of any module: the requirement of the whole of Antrea for one file would drag in all that it requires.
    answer = subprocess.run(["go", "mod", "download", "-json", wanted], cwd="/", capture_output=True, text=True)
    told = json.loads(answer.stdout or "{}")
    if "Dir" not in told:
        raise ProvideError(last_line(told.get("Error") or answer.stderr), 3)
    antrea.cached_crds().parent.mkdir(parents=True, exist_ok=True)
    temporary = antrea.cached_crds().with_suffix(f".{os.getpid()}")
    shutil.copyfile(Path(told["Dir"]) / antrea.FILE_IN_MODULE, temporary)
    temporary.replace(antrea.cached_crds())


def require_go() -> None:
    """ProvideError if there is no Go."""
    if not shutil.which("go"):
        sentence = "Go is not installed (1.26 or newer); or set KUBEBUILDER_ASSETS to a folder with the programs"
        raise ProvideError(sentence, 3)


@contextmanager
def sole_builder() -> Iterator[None]:
    """Hold the cache folder; a second builder waits here and then finds the work done."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the system lets go of it when this process ends, however it ends
        yield


def go_build(package: str, target: Path, what: str, variables: dict[str, str] | None = None) -> None:
    """Build one program, telling the time every 30 s; it appears under its name only when whole."""
    print(f"building {what} ...", flush=True)
    began = time.monotonic()
    temporary = target.with_suffix(f".{os.getpid()}")
    flags = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in (variables or {}).items())])
    options = ["-trimpath", "-buildvcs=false", "-p=2", f"-ldflags={flags}", f"-o={temporary}"]
    environment = os.environ | {"GOWORK": "off", "GOMAXPROCS": "2", "CGO_ENABLED": "0"}
    command = ["go", "build", *options, package]
    with subprocess.Popen(command, cwd=HERE, env=environment, stderr=subprocess.PIPE, text=True) as builder:
        while True:
            try:
                _, said = builder.communicate(timeout=30)
                break
            except subprocess.TimeoutExpired:
                print(f"  {time.monotonic() - began:.0f} s", flush=True)
    if builder.returncode:
        temporary.unlink(missing_ok=True)
        if any(word in said for word in UNREACHABLE):
            raise ProvideError(f"Go's modules cannot be had: {last_line(said)}", 3)
        raise ProvideError(f"{what} does not build: {last_line(said)}", 1)
    temporary.replace(target)
    print(f"  built in {time.monotonic() - began:.0f} s, {target.stat().st_size / 1e6:.0f} MB", flush=True)


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"


if __name__ == "__main__":
    sys.exit(main())
