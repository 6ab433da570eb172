"""A screen with the plan of one way out: prerequisites, steps to copy, proof, undo, the drawing before and after."""

from collections.abc import Callable
from enum import StrEnum
from threading import Event

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Footer, Static

from diagnostics.datapath.summary import by_access
from diagnostics.datapath.trace import arriving_paths
from diagnostics.model.case import Case
from diagnostics.model.text import one_line
from diagnostics.remedies.plan.plan import Plan, Question, Remedy, Step
from diagnostics.remedies.plan.plan_script import (
    files_text,
    pasted,
    plan_script,
    proof_script,
    step_script,
    undo_script,
)
from diagnostics.remedies.plan.shells import Shell
from tui.plan_questions import ask_api_server, ask_ranges, ranges_in
from tui.prospect import Prospect, changes_of, headline, planned, reopened_from
from tui.screens.doctor_screen import DoctorScreen
from widgets.notice import Notice
from widgets.path_pane import PathPane
from widgets.reading import Block, Reading
from widgets.row_list import RowList
from widgets.step_list import PlanRow, StepList, StepPage
from widgets.title_line import TitleLine

PLAN_WORK = "plan"


class View(StrEnum):
    """What is shown of the plan; `b` goes from each to the next."""

    STEPS = "steps"
    AFTER = "after"
    TODAY = "today"
    CHANGES = "changes"

    @property
    def following(self) -> "View":
        """The next one, the first after the last."""
        every = tuple(View)
        return every[(every.index(self) + 1) % len(every)]


class PlanScreen(DoctorScreen):
    """Shows a plan; what is done with its steps belongs to the screen that stands on it."""

    def __init__(self, case: Case, remedy: Remedy) -> None:
        super().__init__()
        self._case, self._remedy = case, remedy
        self._ranges: tuple[str, ...] = ()
        self._api_server = ""
        self._prospect: Prospect | None = None
        self._view = View.STEPS

    def compose(self) -> ComposeResult:
        """What it gives and costs above, steps left, the page of one right (or below)."""
        yield TitleLine(f"{self._remedy.title}: {self._case.key}")
        yield Static(id="verdict")
        yield Notice(id="notice")
        with Container(id="plan"):
            yield StepList(ascii_only=self.doctor.ascii_only, id="steps")
            yield StepPage(shell=self.doctor.shell, id="page")
        yield PathPane(ascii_only=self.doctor.ascii_only, id="drawing")
        yield Reading(id="changes")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Makes the plan; asks for what it lacks."""
        self.title_line.cluster(self._case.cluster)
        self._show_view()
        self._make_plan()

    @property
    def _plan_file(self) -> str:
        """Where the plan is kept; empty for nowhere."""
        return self.doctor.plan_files.get((self._case.key, self._remedy.slug), "")

    @property
    def notice(self) -> Notice:
        """What there is to say of the plan as a whole."""
        return self.query_one("#notice", Notice)

    def _make_plan(self) -> None:
        self.notice.say("loading", "Working out the plan …")
        case, remedy, path = self._case, self._remedy, self._plan_file
        question = Question(allow=self._ranges, kube_context=case.snapshot.context, api_server=self._api_server)

        def work(cancelled: Event) -> Prospect:
            return reopened_from(path, case) if path else planned(remedy, case, question)

        self.doctor.looker.ask(PLAN_WORK, work, self._show, self._no_plan)

    def action_back(self) -> None:
        """Ends the work on the plan too: its answer would find no screen."""
        self.doctor.looker.cancel(PLAN_WORK)
        super().action_back()

    def _no_plan(self, error: Exception) -> None:
        path = self.doctor.plan_files.pop((self._case.key, self._remedy.slug), "")
        said = f"{path} could not be gone on with." if path else "The plan could not be made."
        self.notice.say("trouble", said, one_line(str(error)))

    def _show(self, prospect: Prospect) -> None:
        plan, before = prospect.plan, self._prospect
        same = before is not None and [step.title for step in before.plan.steps] == [step.title for step in plan.steps]
        self._prospect = prospect
        self.query_one("#verdict", Static).update(Content("\n".join(headline(prospect, self._remedy))))
        self._say_state(plan)
        self._list_steps(self.query_one(StepList).cursor if same else None)
        if self._view is View.STEPS:
            self.query_one(StepList).focus()
        else:
            self._show_view()
        if plan.asks and not plan.blocked_by and not (self._ranges or self._api_server) and self.is_current:
            self.action_ask_ranges()

    def _say_state(self, plan: Plan) -> None:
        notice = self.notice
        if plan.new_broken:
            notice.say(
                "trouble", "This plan is refused: it would break something.", *(f.message for f in plan.new_broken)
            )
        elif plan.blocked_by:
            notice.say("gap", "Not possible as things are.", *plan.blocked_by)
        elif plan.asks:
            notice.say("empty", "One answer is needed first: press a.", *plan.asks)
        else:
            notice.hush()

    def _list_steps(self, cursor: int | None = None) -> None:
        if self._prospect:
            self.query_one(StepList).list_plan(self._prospect.plan, frozenset(), cursor)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The page follows the cursor."""
        self._open_page(event.item)

    def _open_page(self, row: PlanRow) -> None:
        self.query_one(StepPage).open(row)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter moves into the page, to scroll it."""
        self.query_one(StepPage).focus()

    def _row(self) -> PlanRow | None:
        row = self.query_one(StepList).current
        if row is None or row.step is None:
            self.tell("Move to a step first: prerequisites have nothing to copy or to do.")
            return None
        return row

    def action_copy(self) -> None:
        """The commands of the step."""
        self._copy(step_script, "step")

    def action_copy_proof(self) -> None:
        """The commands that prove the step."""
        self._copy(proof_script, "the proof of step")

    def action_copy_undo(self) -> None:
        """The commands that undo the step."""
        self._copy(undo_script, "the undo of step")

    def action_copy_manifest(self) -> None:
        """The manifests of the step, in the form of what owns the object."""
        self._copy(lambda step, shell: files_text(step), "the manifest of step")

    def _copy(self, text: Callable[[Step, Shell], str], what: str) -> None:
        """Copies what belongs to the step under the cursor, with the cluster that it is for above it."""
        row = self._row()
        if row and row.step and self._prospect:
            own = text(row.step, self.doctor.shell)
            self.copy_text(pasted(self._prospect.plan, own), f"{what} {row.number}")

    def action_copy_plan(self) -> None:
        """The plan as a script."""
        if self._prospect and self._prospect.plan.applicable:
            self.copy_text(plan_script(self._prospect.plan, self.doctor.shell), "the whole plan")
        else:
            self.tell("There is no plan to copy yet: see the reasons above the list.")

    def action_before_after(self) -> None:
        """List of steps → drawing after the plan → drawing of today → what changes in words → list."""
        if self._prospect is None or self._prospect.after is None:
            self.tell("There is nothing to compare: the plan is not possible yet.")
            return
        self._view = self._view.following
        self._show_view()

    def _show_view(self) -> None:
        view, drawing, changes = self._view, self.query_one(PathPane), self.query_one("#changes", Reading)
        self.query_one("#plan").display = view is View.STEPS
        drawing.display = view in (View.AFTER, View.TODAY)
        changes.display = view is View.CHANGES
        prospect = self._prospect
        if prospect is None or prospect.after is None or view is View.STEPS:
            self.query_one(StepList).focus()
        elif view is View.CHANGES:
            self._say_changes(prospect)
            changes.focus()
        else:
            case = prospect.after if view is View.AFTER else prospect.today
            words = "AFTER the plan" if view is View.AFTER else "TODAY"
            paths = next(iter(by_access(case.once(arriving_paths)).values()), None)
            if paths:
                drawing.show(case, paths, title=f"{words} (b switches)")
            else:
                drawing.explain_absence("No client outside the cluster comes this way.")
            drawing.focus_drawing()

    def _say_changes(self, prospect: Prospect) -> None:
        changes = self.query_one("#changes", Reading)
        changes.read(Block("Comparing today with after the plan …"))

        def show(blocks: tuple[Block, ...]) -> None:
            changes.read(*blocks)

        self.doctor.looker.ask(PLAN_WORK, lambda cancelled: changes_of(prospect), show, self._no_plan)

    def action_ask_ranges(self) -> None:
        """Asks for what the plan has to know: client ranges, or an address of the API server."""
        asks = self._prospect.plan.asks if self._prospect else ()
        if self._plan_file:
            self.tell(f"The plan is kept in {self._plan_file} as it was made, so it asks nothing more.")
        elif self._remedy.filters:
            self.app.push_screen(ask_ranges(self._ranges), self._take_ranges)
        elif asks or self._api_server:
            self.app.push_screen(ask_api_server(self._case, self._api_server), self._take_api_server)
        else:
            self.tell("This way out has no question to answer.")

    def _take_ranges(self, answer: str | None) -> None:
        if answer:
            self._ranges = ranges_in(answer)
            self._forget_walk()
            self._make_plan()

    def _take_api_server(self, answer: str | None) -> None:
        if answer:
            self._api_server = answer
            self._forget_walk()
            self._make_plan()

    def _forget_walk(self) -> None:
        """The plan will be another one: what was done with the steps of the old one says nothing of it."""
