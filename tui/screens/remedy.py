"""One way out for one Service, walked through: each step tried, applied, proved and taken back, or marked as done.

Nothing that blocks runs in the event loop, and one thing is done at a time. Whatever changes the cluster is shown
first, asked for, and saved before it is sent.
"""

from collections.abc import Callable, Iterator
from threading import Event
from typing import ClassVar

from diagnostics.model.case import Case, Cluster
from diagnostics.model.snapshot import Snapshot
from diagnostics.remedies.acting.catching import is_live_proof
from diagnostics.remedies.acting.standing import Standing, StepStand
from diagnostics.remedies.files.plan_file import PlanFile
from tui.actions import REMEDY, Command
from tui.confirming import ConfirmScreen
from tui.prospect import Prospect
from tui.reach import eye_of, hand_of, why_no_hand
from tui.screens.walk_screen import Doing, WalkScreen
from tui.walking import (
    POLLS_AT_MOST,
    Proof,
    Walked,
    before_applying,
    before_undoing,
    do_step,
    follow,
    prove,
    try_out,
    undo,
    waiting_steps,
)
from widgets.reading import Block, danger, quiet
from widgets.step_list import StepList
from widgets.step_outcome import Outcome, difference_blocks

_NO_FLAG = "antrea-doctor was started without --allow-write: it shows, tries and copies, and changes nothing."


class RemedyScreen(WalkScreen):
    """Walks through a plan."""

    COMMANDS_HERE: ClassVar = REMEDY
    WORDS_HERE: ClassVar = ("DSR", "ACNP", "proxyAll", "SNAT")
    TITLE_HERE: ClassVar = "Way out"

    def why_not(self, command: Command) -> str:
        """Steps are tried on live clusters only, and applied only with the flag."""
        if command.action in ("dry_run", "apply", "undo") and self.doctor.has_source:
            reason = why_no_hand(self.doctor.source)
            if reason or command.action == "dry_run" or self.doctor.allow_write:
                return reason
            return _NO_FLAG
        return super().why_not(command)

    def _show(self, prospect: Prospect) -> None:
        """A plan from a file is looked at where it stands."""
        super()._show(prospect)
        if prospect.file and prospect.plan.applicable and self._doing is Doing.NOTHING:
            self._verify(polls=0)

    def _all_done(self, after: Snapshot) -> None:
        self._played = self.doctor.play(after)
        if self._played:
            self.tell("All steps done: the demo cluster has changed. esc twice shows the Services as they are now.")
        else:
            self.tell("All steps are marked as done. v reads whether they are; ctrl-r reads the cluster again.")

    def action_dry_run(self) -> None:
        """Has the server try the step under the cursor."""
        row = self._row()
        if row is None or not self._ready():
            return
        number, source = row.number, self.doctor.source

        def work(file: PlanFile, cancelled: Event) -> Walked:
            return try_out(hand_of(source, may_write=False), file, number)

        def show(walked: Walked) -> None:
            self._say_outcome(number, walked.outcome)

        self._act(Doing.READING, f"The server tries step {number} …", work, show)

    def action_verify(self) -> None:
        """Reads where all steps stand; follows those that were done until they took effect."""
        if self._ready():
            self._verify(POLLS_AT_MOST)

    def _verify(self, polls: int) -> None:
        source, looker = self.doctor.source, self.doctor.looker

        def work(file: PlanFile, cancelled: Event) -> Walked:
            def tell(stands: tuple[StepStand, ...], poll: int) -> None:
                looker.tell(cancelled, self._say_waiting, (file, stands, poll))

            return follow(eye_of(source), file, tell, cancelled, polls)

        self._act(Doing.READING, "Reading where the steps stand …", work, self._say_stands)

    def _say_waiting(self, news: tuple[PlanFile, tuple[StepStand, ...], int]) -> None:
        file, stands, poll = news
        self._stands = {stand.number: stand for stand in stands}
        self._list_steps(self.query_one(StepList).cursor)
        first, *more = waiting_steps(file, stands)
        others = f" Step {' and '.join(str(stand.number) for stand in more)} too." if more else ""
        self.notice.say(
            "loading", f"Step {first.number} is waited for: reading {poll}, esc ends it.", f"{first.why}{others}"
        )

    def _say_stands(self, walked: Walked) -> None:
        late = waiting_steps(walked.file, walked.stands)
        drifted = [stand for stand in walked.stands if stand.standing is Standing.DRIFTED]
        for stand in (*drifted, *late)[:1]:
            self.tell(f"Step {stand.number} is {stand.standing.value}: {stand.why}", trouble=bool(drifted))

    def action_apply(self) -> None:
        """Tries the step, asks, saves what is there, applies it; a proof by live traffic catches packets instead."""
        row = self._row()
        if row is None or row.step is None or not self._ready():
            return
        number, step, source = row.number, row.step, self.doctor.source

        def work(file: PlanFile, cancelled: Event) -> Walked:
            return before_applying(hand_of(source, may_write=False), file, number)

        def tried(walked: Walked) -> None:
            if walked.outcome is None or walked.outcome.refusal:
                self._say_outcome(number, walked.outcome)
                return
            what, outcome, opposed = f"Apply step {number}: {step.title}?", walked.outcome, walked.opposed
            go_on = self._prove if is_live_proof(walked.file.step(number)) else self._apply
            self._with_path(lambda: self._ask(what, (*opposed, *step.dangers), outcome, lambda: go_on(number)))

        self._act(Doing.READING, f"The server tries step {number} first …", work, tried)

    def _apply(self, number: int) -> None:
        self._change(number, f"Applying step {number} …", do_step)

    def action_undo(self) -> None:
        """Tries the way back, asks, and puts back what the step changed."""
        row = self._row()
        if row is None or row.step is None or not self._ready():
            return
        if not self._plan_file:
            self.tell("Nothing was applied from here, so nothing is saved: u copies the undo commands of the step.")
            return
        number, step, source = row.number, row.step, self.doctor.source

        def work(file: PlanFile, cancelled: Event) -> Walked:
            return before_undoing(hand_of(source, may_write=False), file, number)

        def tried(walked: Walked) -> None:
            if walked.outcome is None or walked.outcome.refusal:
                self._say_outcome(number, walked.outcome)
                return
            what = f"Take back step {number}: {step.title}?"
            self._ask(what, (), walked.outcome, lambda: self._change(number, f"Taking back step {number} …", undo))

        self._act(Doing.READING, f"The server tries the way back of step {number} …", work, tried)

    def _ask(self, what: str, dangers: tuple[str, ...], outcome: Outcome, then: Callable[[], None]) -> None:
        """Shows what would change, and goes on when the Service's name was typed."""
        snapshot = self._case.snapshot
        where = f"This changes the cluster of context {snapshot.context} at {snapshot.origin}."

        def take(confirmed: bool | None) -> None:
            if confirmed:
                then()
            else:
                self.tell("Nothing was changed.")

        self.app.push_screen(ConfirmScreen(what, where, tuple(_change(dangers, outcome)), self._case.key), take)

    def _change(self, number: int, words: str, change: Callable[..., Walked]) -> None:
        source, path = self.doctor.source, self._plan_file

        def work(file: PlanFile, cancelled: Event) -> Walked:
            return change(hand_of(source, may_write=True), file, number, path)

        self._act(Doing.CHANGING, words, work, lambda walked: self._say_outcome(number, walked.outcome))

    def _prove(self, number: int) -> None:
        source, looker, path, stop = self.doctor.source, self.doctor.looker, self._plan_file, self._stop
        case, client_ip = self._case, self.doctor.client_ip

        def work(file: PlanFile, cancelled: Event) -> Walked:
            def case_now() -> Case:
                snapshot = source.overview(cancelled)
                if case.key not in snapshot.service_by_key:
                    raise LookupError(f"Service {case.key} is not there any more.")
                deeper = source.deepen(snapshot, case.key, cancelled)
                return Case.of(deeper, case.key, Cluster(deeper))

            def tell(sentence: str) -> None:
                looker.tell(cancelled, self._say_proving, sentence)

            proof = Proof(case_now, client_ip, tell, lambda: stop.is_set() or cancelled.is_set())
            return prove(hand_of(source, may_write=True), file, number, path, proof)

        self._act(
            Doing.PROVING,
            "Setting the traces …",
            work,
            lambda walked: self._say_outcome(number, walked.outcome),
        )

    def _say_proving(self, sentence: str) -> None:
        self.notice.say("loading", "Waiting for packets.", sentence)

    def action_write_plan(self) -> None:
        """Keeps the plan in a file; from then on every mark and every step is kept there by itself."""
        if self._plan_file:
            self.tell(f"The plan and its progress are kept in {self._plan_file}")
        elif self._ready():
            self._act(
                Doing.READING,
                "Writing the plan down …",
                lambda file, cancelled: Walked(file),
                lambda walked: self._with_path(self._say_kept),
            )

    def _say_kept(self) -> None:
        self.tell(f"Kept in {self._plan_file}. antrea-doctor --plan-file {self._plan_file} goes on from there.")


def _change(dangers: tuple[str, ...], outcome: Outcome) -> Iterator[Block]:
    """What the question shows: what bites, admission's warnings, then the difference."""
    yield from map(danger, dangers)
    warned = (text for item in outcome.requests for text in item.warnings)
    yield from (danger(f"Admission warns: {text}") for text in dict.fromkeys(warned))
    yield from map(Block, outcome.said)
    yield from difference_blocks(outcome.requests)
    yield quiet("Tried as a dry run: the server takes it.")
