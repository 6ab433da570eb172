"""Fault cases: odd clusters by number, and what every check must make of them.

The catalogue of a test names the parts of each case in words; a shape whose name begins with a part tries it.
"""

from dataclasses import dataclass, field

from diagnostics.model.finding import Verdict
from diagnostics.model.snapshot import Snapshot
from shapes import asked


@dataclass(frozen=True)
class Shape:
    """A cluster, and codes that must be found, must be unknown, and must not be found in it.

    `says` are words that findings of a code, or its reason for being unknown, must have; `gaps` is the number of lists
    of which an object was not understood.
    """

    name: str
    snapshot: Snapshot
    found: str = ""
    unknown: str = ""
    clear: str = ""
    gaps: int = 0
    says: dict[str, str] = field(default_factory=dict)


def survives(shape: Shape) -> None:
    """Fails where a check crashes on the cluster, or does not answer as expected."""
    results = asked(shape.snapshot)

    assert [code for code, item in results.items() if item.crashed] == []
    assert len([gap for gap in shape.snapshot.gaps if gap.partial]) == shape.gaps
    expected = (*((code, Verdict.FOUND) for code in shape.found.split()),
                *((code, Verdict.UNKNOWN) for code in shape.unknown.split()))  # fmt: skip
    assert [(code, results[code].verdict) for code, _ in expected] == list(expected)
    assert [code for code in shape.clear.split() if results[code].findings] == []
    for code, words in shape.says.items():
        assert words in " ".join((*(finding.message for finding in results[code].findings), results[code].reason))


def untried(catalogue: str, shapes: list[Shape]) -> list[str]:
    """The parts of a catalogue, a line for each case with its parts between `·`, that no shape tries."""
    parts = []
    for line in catalogue.strip().splitlines():
        number, _, rest = line.partition(" ")
        parts += [f"{number} {part.strip()}" for part in rest.split("·")]
    return [part for part in parts if not any(shape.name.startswith(part) for shape in shapes)]
