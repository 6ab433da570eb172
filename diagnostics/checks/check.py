"""The form of a check, and how checks are run.

A check is one file: a function that yields findings, decorated with its code and title. Its docstring is the page
that `explain` prints. It registers nothing by itself: `diagnostics/checks/catalogue.py` lists all in order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from inspect import cleandoc

from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Severity
from diagnostics.model.snapshot import Source

Find = Callable[[Case], Iterator[Finding]]
Applies = Callable[[Case], bool]


class Scope(StrEnum):
    """What a check speaks of."""

    SERVICE = "service"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """A code that never changes its meaning, a title that can be true, and what to ask. Each is equal to itself only.

    `severity` is the worst it can find, `needs` the sources without which the answer is unknown, `applies`
    whether the question makes sense for a Case, `remedies` slugs of ways out, best first. `also_reads` are sources
    that it looks at and can do without: where one is missing, the check says unknown itself if the answer hangs on it.
    """

    code: str
    slug: str
    title: str
    severity: Severity
    scope: Scope
    needs: tuple[Source, ...]
    applies: Applies
    find: Find
    remedies: tuple[str, ...]
    page: str
    also_reads: tuple[Source, ...] = ()


def always(case: Case) -> bool:
    """Applies to every Case."""
    return True


def check(
    code: str,
    title: str,
    *,
    severity: Severity,
    needs: tuple[Source, ...],
    also_reads: tuple[Source, ...] = (),
    applies: Applies = always,
    remedies: tuple[str, ...] = (),
    scope: Scope = Scope.SERVICE,
) -> Callable[[Find], Check]:
    """Makes a Check out of a function that yields findings; its slug is the function's name with dashes."""

    def make(find: Find) -> Check:
        name = getattr(find, "__name__", "")
        return Check(
            code=code,
            slug=name.replace("_", "-"),
            title=title,
            severity=severity,
            scope=scope,
            needs=needs,
            applies=applies,
            find=find,
            remedies=remedies,
            page=cleandoc(find.__doc__ or ""),
            also_reads=tuple(source for source in also_reads if source not in needs),
        )

    return make
