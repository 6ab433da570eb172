"""Other programs on the same server: what they take for what they do. Nothing is said of those that are not here."""

import shutil
import subprocess
from pathlib import Path

from lines import Line, absent
from processes import run
from stage import Stage

POPEYE_FOUND = (0, 1)


def peer_lines(stage: Stage, floor: tuple[float, ...]) -> list[Line]:
    """Each beside the raw lists."""
    config = str(stage.kubeconfig)
    asked = {
        "kubectl get services,endpointslices,nodes -A": (
            "kubectl",
            ("get", "services,endpointslices,nodes", "-A", "--kubeconfig", config),
        ),
        "popeye, all namespaces": ("popeye", ("-A", "--kubeconfig", config, "--force-exit-zero")),
        "k8sgpt analyze, Service": ("k8sgpt", ("analyze", "--kubeconfig", config, "--filter", "Service")),
    }
    lines = []
    for what, (program, words) in asked.items():
        name = f"{stage.name}: {what}"
        found = shutil.which(program)
        if found is None:
            lines.append(absent(name, "not available here"))
            continue
        runs = [run(found, *words, accepted=POPEYE_FOUND).seconds * 1000 for _ in range(2)]
        lines.append(Line(name, tuple(runs), yardstick=floor))
    return lines


def versions() -> dict[str, str]:
    """What the peers say of themselves, for the stored results."""
    asked = {"kubectl": ("version", "--client"), "popeye": ("version",), "k8sgpt": ("version",)}
    found = {}
    for program, words in asked.items():
        if path := shutil.which(program):
            said = subprocess.run((path, *words), capture_output=True, text=True, check=False).stdout
            found[Path(path).name] = " ".join(said.split())[:80]
    return found
