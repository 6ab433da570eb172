"""The ground that a walk through a plan stands on: its file, the marks, and one piece of work at a time."""

from collections.abc import Callable
from enum import Enum
from threading import Event, Lock

from diagnostics.model.case import Case
from diagnostics.model.snapshot import Snapshot
from diagnostics.model.text import one_line
from diagnostics.remedies.acting.standing import PASSED, StepStand
from diagnostics.remedies.files.plan_file import PlanFile
from diagnostics.remedies.plan.plan import Remedy
from tui.dialogs import AskScreen
from tui.plan_documents import file_of
from tui.plan_files import create_plan, newest_plan, save_plan, usual_name, why_no_new_file
from tui.prospect import Prospect
from tui.screens.plan_screen import PlanScreen
from tui.walking import Walked, is_done
from widgets.step_list import PlanRow, StepList, StepPage
from widgets.step_outcome import Outcome

WALK_WORK = "walk"
MARK_WORK = "mark"


class Doing(Enum):
    """What is under way; the value says what esc answers to it, empty where esc just ends it."""

    NOTHING = ""
    READING = " "
    CHANGING = "The cluster is being changed: its answer comes within seconds, and has to be waited for."
    PROVING = "Ending the proof. The traces are deleted first."


class WalkScreen(PlanScreen):
    """Knows where the plan is kept, which steps are done and where they stand; runs work on them off the event loop."""

    def __init__(self, case: Case, remedy: Remedy) -> None:
        super().__init__(case, remedy)
        self._file: PlanFile | None = None
        self._told: frozenset[int] = frozenset()
        self._stands: dict[int, StepStand] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._doing = Doing.NOTHING
        self._stop = Event()
        self._changing = Lock()  # the file is read, changed and written by one thread at a time
        self._played = False

    def show_newer(self, case: Case) -> None:
        """Makes the plan again for what the cluster is now; a plan that is kept stays. What was played stays."""
        if self._played or self._doing is not Doing.NOTHING:
            return
        self._case = case
        self.title_line.cluster(case.cluster)
        self._make_plan()

    def _show(self, prospect: Prospect) -> None:
        before = self._prospect
        if prospect.file:
            self._take_file(prospect.file)
        elif before and [step.title for step in before.plan.steps] != [step.title for step in prospect.plan.steps]:
            self._forget_walk()
        else:
            self._file, self._stands = None, {}
        super()._show(prospect)

    def _forget_walk(self) -> None:
        self._file, self._told, self._stands, self._outcomes = None, frozenset(), {}, {}

    def _take_file(self, file: PlanFile) -> None:
        self._file = file
        self._told = frozenset(number for number, step in enumerate(file.plan.steps, start=1) if step.told_done)

    @property
    def _done(self) -> frozenset[int]:
        """Steps that are done by the operator's word, or by `A`."""
        steps = self._file.plan.steps if self._file else ()
        return self._told | {number for number, step in enumerate(steps, start=1) if is_done(step)}

    def _list_steps(self, cursor: int | None = None) -> None:
        if self._prospect:
            self.query_one(StepList).list_plan(self._prospect.plan, self._done, cursor, self._stands)

    def _open_page(self, row: PlanRow) -> None:
        self.query_one(StepPage).open(row, self._outcomes.get(row.number))

    def action_back(self) -> None:
        """First ends what is under way, unless it changes the cluster: that is waited for."""
        match self._doing:
            case Doing.NOTHING:
                super().action_back()
            case Doing.READING:
                self.doctor.looker.cancel(WALK_WORK)
                self._rest()
            case Doing.PROVING:
                self._stop.set()
                self.tell(self._doing.value)
            case Doing.CHANGING:
                self.tell(self._doing.value)

    def _ready(self) -> bool:
        """Whether there is a plan to do something with; says why not. What only reads gives way, as a verification."""
        if self._doing is Doing.READING:
            self.doctor.looker.cancel(WALK_WORK)
            self._rest()
        if self._doing is not Doing.NOTHING:
            self.tell("One thing after the other: wait for what is under way.")
            return False
        if self._prospect is None or not self._prospect.plan.applicable or not self._prospect.plan.steps:
            self.tell("There is no plan to follow yet: see the reasons above the list.")
            return False
        return True

    def _act(
        self,
        doing: Doing,
        words: str,
        work: Callable[[PlanFile, Event], Walked],
        then: Callable[[Walked], None],
    ) -> None:
        """Runs work on the newest plan file in a thread; `then` gets the answer in the event loop."""
        prospect, file, told, path = self._prospect, self._file, self._told, self._plan_file
        if prospect is None:
            return
        self._doing = doing
        self._stop.clear()
        self.notice.say("loading", words)

        def run(cancelled: Event) -> Walked:
            with self._changing:
                if path and file:
                    return work(newest_plan(path, file), cancelled)
                made = file or file_of(prospect.today, prospect.plan, told)
                return work(made.with_told(told), cancelled)

        def done(walked: Walked) -> None:
            self._take_file(walked.file)
            self._stands |= {stand.number: stand for stand in walked.stands}
            self._rest()
            then(walked)

        must_end = doing in (Doing.CHANGING, Doing.PROVING)
        self.doctor.looker.ask(WALK_WORK, run, done, self._failed, must_end=must_end)

    def _failed(self, error: Exception) -> None:
        self._rest()
        self.tell(one_line(str(error)), trouble=True)

    def _rest(self) -> None:
        """Nothing is under way any more."""
        self._doing = Doing.NOTHING
        if self._prospect:
            self._say_state(self._prospect.plan)
        self._list_steps(self.query_one(StepList).cursor)

    def _say_outcome(self, number: int, outcome: Outcome | None) -> None:
        if outcome:
            self._outcomes[number] = outcome
            self._list_steps(self.query_one(StepList).cursor)

    def action_done(self) -> None:
        """Marks or unmarks the step, on the operator's word; in the demo the last one makes the plan come true."""
        row = self._row()
        if row is None or self._prospect is None or self._doing in (Doing.CHANGING, Doing.PROVING):
            return
        plan, number = self._prospect.plan, row.number
        if number in self._done - self._told:
            self.tell(f"Step {number} was applied from here. U takes it back.")
            return
        self._told ^= {number}
        if self._file:
            self._file = self._file.with_told(self._told)
        stand = self._stands.get(number)
        if number in self._told and stand and stand.standing not in PASSED:
            self.tell(f"Marked on your word. By what was read it is {stand.standing.value}: {stand.why}")
        if self._plan_file and self._file:
            self._keep_marks(self._file, self._plan_file)
        cursor = self.query_one(StepList).cursor
        self._list_steps(cursor + (1 if number in self._told and number < len(plan.steps) else 0))
        if len(self._done) == len(plan.steps) and plan.after is not None and plan.applicable:
            self._all_done(plan.after)

    def _all_done(self, after: Snapshot) -> None:
        """All steps are marked."""

    def _keep_marks(self, file: PlanFile, path: str) -> None:
        told = self._told

        def work(cancelled: Event) -> None:
            with self._changing:
                if not cancelled.is_set():
                    save_plan(newest_plan(path, file).with_told(told), path)

        self.doctor.looker.ask(MARK_WORK, work, lambda kept: None, self._failed)

    def _with_path(self, then: Callable[[], None]) -> None:
        """Goes on once the plan is kept in a file: asks for its name, once."""
        file = self._file
        if self._plan_file or file is None:
            then()
            return

        def take(answer: str | None) -> None:
            if answer:
                self._create(answer, then)
            else:
                self.tell("Nothing was written and nothing was changed.")

        question = AskScreen(
            "Keep the plan in which file?",
            "Its progress and what was there before each step go there too: undo needs it.",
            usual_name(file),
            why_no_new_file,
        )
        self.app.push_screen(question, take)

    def _create(self, path: str, then: Callable[[], None]) -> None:
        def work(file: PlanFile, cancelled: Event) -> Walked:
            create_plan(file, path)
            return Walked(file)

        def kept(walked: Walked) -> None:
            self.doctor.plan_files[self._case.key, self._remedy.slug] = path
            then()

        self._act(Doing.CHANGING, f"Writing {path} …", work, kept)
