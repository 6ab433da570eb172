"""`--plain`: the app as questions and text, for screen readers, pipes and terminals that cannot place text.

Everything is written from top to bottom and nothing is written over. Answers are lines of standard input; its end, or
`q`, ends the conversation.
"""

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.examine import examine
from diagnostics.datapath.summary import ServiceSummary, summarise
from diagnostics.model.case import Case, Cluster
from diagnostics.model.text import one_line
from diagnostics.remedies.comparison.compare import compare
from diagnostics.remedies.comparison.way import Way
from diagnostics.remedies.files.plan_text import plan_text
from diagnostics.remedies.offered.catalogue import REMEDIES
from diagnostics.remedies.plan.plan import Plan, Question
from diagnostics.remedies.prerequisites.allowed import read_ranges
from diagnostics.remedies.prerequisites.api_server import read_api_server
from tui.cli.call import Call
from tui.cli.connect import choose, connect
from tui.cli.facts import Facts
from tui.cli.gaps import gap_sentences
from tui.cli.output import Output
from tui.cli.path import judged, meant
from tui.cli.stop import Exit, Stop
from tui.plain.telling import finding_lines, path_lines, service_line, verdict_lines, way_lines
from widgets.service_index import ServiceIndex

LISTED_AT_MOST = 30
_LEAVE = ("q", "quit", "exit")


class Leave(Exception):  # noqa: N818 - an end, not a fault
    """The operator has had enough, or standard input ended."""


def converse(call: Call) -> int:
    """Talks until the operator leaves. Raises Stop when there is nothing to talk about."""
    return _Conversation(call).hold()


class _Conversation:
    """One talk about one cluster."""

    def __init__(self, call: Call) -> None:
        self._call, self._output = call, Output(call)

    def hold(self) -> int:
        """From the first question to the last."""
        facts = connect(self._call)
        self._say(gap_sentences(facts.snapshot.gaps))
        try:
            named = self._call.request.service
            if named:
                self._service(facts, choose(self._call, facts)[0])
            self._services(facts)
        except Leave:
            with suppress(OSError):
                self._say(["Goodbye."])
        return Exit.OK

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._output.text(line)
        sys.stdout.flush()

    def _ask(self, question: str) -> str:
        self._say(["", question])
        try:
            line = sys.stdin.readline() if sys.stdin is not None else ""
        except OSError:  # the terminal is gone
            line = ""
        answer = one_line(line).strip()
        if not line or answer.lower() in _LEAVE:
            raise Leave
        return answer

    def _services(self, facts: Facts) -> None:
        """Offers the Services until the operator leaves."""
        keys = choose(self._call, facts)
        if not keys:
            return
        cluster = Cluster(facts.snapshot)
        index = ServiceIndex([summarise(Case.of(facts.snapshot, key, cluster)) for key in keys])
        shown = index.arranged("verdict", "")
        self._list(shown)
        while True:
            answer = self._ask("Which Service? Its number or name, words to look for, l for the list, q to leave.")
            if answer.lower() == "l":
                shown = index.arranged("verdict", "")
                self._list(shown)
                continue
            number = _number(answer, len(shown))
            exact = [row for row in shown if row.key == answer]
            found = [shown[number]] if number is not None else exact or index.arranged("verdict", answer)
            if len(found) == 1 and (number is not None or not answer.isdigit()):
                self._service(facts, found[0].key)
            elif answer.isdigit():
                self._say([f"There are numbers 1 to {len(shown)}."])
            elif found and answer:
                shown = found
                self._list(shown)
            else:
                self._say([f"No Service matches {answer}." if answer else "Please give a number or a name."])

    def _list(self, rows: Sequence[ServiceSummary]) -> None:
        self._say([f"{len(rows)} Services, the worst first."])
        self._say(service_line(number, row) for number, row in enumerate(rows[:LISTED_AT_MOST], 1))
        if len(rows) > LISTED_AT_MOST:
            self._say([f"And {len(rows) - LISTED_AT_MOST} more: type part of a name, or risk:never, ns:NAME, type:LB."])

    def _service(self, facts: Facts, key: str) -> None:
        """All about one Service, then its plans."""
        try:
            (case,) = facts.cases((key,))
        except Stop as stop:
            self._say([stop.sentence])
            return
        self._say(["", *verdict_lines(case)])
        self._say(gap_sentences(gap for gap in case.snapshot.gaps if gap not in facts.snapshot.gaps))
        self._say(["", *path_lines(case, meant(case, judged(case, self._call.request.client, fold=True)))])
        self._say(["", *finding_lines(examine(case, CHECKS))])
        ways = compare(case, self._question(case))
        self._say(["", *way_lines(ways)])
        while True:
            answer = self._ask("Which way out? Its number prints the plan; enter goes back to the Services; q leaves.")
            if not answer:
                return
            number = _number(answer, len(ways))
            if number is None:
                self._say([f"There are ways 1 to {len(ways)}."])
            else:
                self._plan(case, ways[number])

    def _plan(self, case: Case, way: Way) -> None:
        remedy = next((item for item in REMEDIES if item.slug == way.slug), None)
        if remedy is None:
            self._say([f"{way.title}: {way.standing.value}. {way.because}".rstrip(), *way.recipe])
            return
        plan = remedy.make(case, self._question(case))
        if plan.asks and not plan.blocked_by:
            question = self._question(case)
            if remedy.filters:
                question = replace(question, allow=self._ranges(plan))
            else:
                question = replace(question, api_server=self._api_server(plan))
            plan = remedy.make(case, question)
        self._say(["", plan_text(plan)])

    def _ranges(self, plan: Plan) -> tuple[str, ...]:
        self._say(plan.asks)
        while True:
            answer = self._ask("Which client ranges must stay allowed? Several with commas, such as 203.0.113.0/24.")
            texts = tuple(part.strip() for part in answer.split(",") if part.strip())
            troubles = read_ranges(texts).troubles
            if texts and not troubles:
                return texts
            self._say(troubles or ["Please give at least one range."])

    def _api_server(self, plan: Plan) -> str:
        self._say(plan.asks)
        while True:
            answer = self._ask("The address, as HOST:PORT:")
            trouble = read_api_server(answer).trouble
            if not trouble:
                return answer
            self._say([trouble])

    def _question(self, case: Case) -> Question:
        return Question(kube_context=self._call.request.connection.context or case.snapshot.context)


def _number(answer: str, count: int) -> int | None:
    """The index that a number from 1 to `count` means."""
    return int(answer) - 1 if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= count else None
