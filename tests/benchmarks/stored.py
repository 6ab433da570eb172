"""The last results that were kept: when, where, of which commit, under which load, and every number."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from lines import Line
from peers import versions

FILE = Path(__file__).parent / "results.json"
PACKAGES = ("textual", "kubernetes", "msgspec", "urllib3")


def kept() -> dict[str, float]:
    """What each line measured then, by its name; empty when nothing was kept."""
    return {name: line["median"] for name, line in _read().get("lines", {}).items() if line["median"] is not None}


def keep(lines: Sequence[Line]) -> None:
    """Puts these lines into the file; those of sections that did not run stay as they were, with their own date."""
    about = _about()
    held = _read().get("lines", {})
    for line in lines:
        held[line.what] = {
            "median": round(line.median, 3) if line.values else None,
            "least": round(min(line.values), 3) if line.values else None,
            "unit": line.unit,
            "ratio": round(line.ratio, 3) or None,
            "budget": line.budget or None,
            "within": line.within,
            "runs": len(line.values),
            **({"why": line.why} if line.why else {}),
            "date": about["date"],
            "load": about["load"],
        }
    whole = msgspec.json.encode({"about": about, "lines": held})
    FILE.write_bytes(msgspec.json.format(whole, indent=1) + b"\n")


def _read() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(FILE.read_bytes()) if FILE.exists() else {}
    return found


def _about() -> dict[str, Any]:
    asked = ("git", "-C", str(FILE.parent), "rev-parse", "--short", "HEAD")
    commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "date": datetime.now().astimezone().isoformat(timespec="minutes"),
        "commit": commit,
        "machine": f"{os.cpu_count()} cores, {_processor()}, {memory:.0f} GiB, {platform.system()}",
        "load": [round(value, 1) for value in os.getloadavg()],
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        **versions(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
