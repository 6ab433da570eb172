"""Speed that users feel, measured: `python tests/benchmarks/run.py`. Exit code 1 when a budget is broken.

A table of medians and least values, each beside a yardstick of the same run. Times of processes depend on the machine:
compare ratios, or the same machine with itself (--compare). README.md beside this tells what was learnt.

Sections: start, engine, policies, verdicts, scan, growth; and on the real API server of the test bed list, examine,
check and app, which are left out where its programs are missing.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "benchmarks")]

from app_lines import app_lines  # noqa: E402 - needs the path above
from engine_lines import engine_lines, policy_lines, scan_lines, whole_lines  # noqa: E402
from generate import Size  # noqa: E402
from growth_lines import growth_lines  # noqa: E402
from lines import Line, absent, table  # noqa: E402
from live_lines import examine_lines, list_lines, scan_live_lines  # noqa: E402
from stage import Stage, stage  # noqa: E402
from start_lines import start_lines  # noqa: E402
from stored import keep, kept  # noqa: E402

from bed.binaries import COMMAND, find  # noqa: E402

OFFLINE: dict[str, Callable[[int], list[Line]]] = {
    "start": start_lines,
    "engine": engine_lines,
    "policies": policy_lines,
    "verdicts": lambda runs: whole_lines(),
    "scan": lambda runs: scan_lines(),
    "growth": lambda runs: growth_lines(min(runs, 3)),
}
LIVE: dict[str, Callable[[Stage, int], list[Line]]] = {
    "list": lambda held, runs: list_lines(held, min(runs, 5)),
    "examine": lambda held, runs: examine_lines(held, min(runs, 5)),
    "check": lambda held, runs: scan_live_lines(held, 1 if held.size.services > 1_000 else 3),
    "app": lambda held, runs: app_lines(held),
}
SIZES = (100, 1_000, 10_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what is asked for and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=11, help="runs of each process (default 11; live ones at most 5)")
    parser.add_argument("--only", default=",".join((*OFFLINE, *LIVE)), help="sections, with commas between")
    parser.add_argument("--services", default=",".join(map(str, SIZES)), help="sizes of the clusters on the server")
    parser.add_argument("--compare", action="store_true", help="beside the stored results of the last run")
    parser.add_argument("--keep", action="store_true", help="store the results")
    asked = parser.parse_args(arguments)
    wanted = asked.only.split(",")
    if unknown := set(wanted) - {*OFFLINE, *LIVE}:
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    sizes = [int(number) for number in asked.services.split(",")]
    lines = [line for name in OFFLINE if name in wanted for line in OFFLINE[name](asked.runs)]
    lines += _live([name for name in LIVE if name in wanted], sizes, asked.runs)
    print(table(lines, kept() if asked.compare else None))
    print(f"load of the machine: {', '.join(f'{value:.1f}' for value in os.getloadavg())} on {os.cpu_count()} cores")
    if asked.keep:
        keep(lines)
    return 0 if all(line.within for line in lines) else 1


def _live(sections: Sequence[str], sizes: Sequence[int], runs: int) -> list[Line]:
    """One server for each size. Pods are loaded for the scan alone, which reads them."""
    if not sections:
        return []
    binaries = find()
    if binaries is None:
        return [absent(name, f"the test bed is missing; provide it with: {COMMAND}") for name in sections]
    lines: list[Line] = []
    for services in sizes:
        with stage(binaries, Size(services, pods="check" in sections)) as held:
            for name in sections:
                if name != "app" or services == max(sizes):
                    lines += LIVE[name](held, runs)
    return lines


if __name__ == "__main__":
    sys.exit(main())
