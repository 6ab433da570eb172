"""One way out for one Service: prerequisites, steps to copy, proof, undo, and the drawing before and after."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Footer, Static

from diagnostics.datapath.summary import by_access, reason
from diagnostics.datapath.trace import arriving_paths, service_keeping
from diagnostics.model.case import Case
from diagnostics.model.text import one_line
from diagnostics.remedies.allowed import read_ranges
from diagnostics.remedies.api_server import candidates, read_api_server
from diagnostics.remedies.plan import Plan, Question, Remedy, Step
from diagnostics.remedies.plan_script import files_text, pasted, plan_script, proof_script, step_script, undo_script
from diagnostics.remedies.plan_text import admission_lines
from tui.actions import REMEDY
from tui.dialogs import AskScreen
from tui.screens.doctor_screen import DoctorScreen
from widgets.notice import Notice
from widgets.path_pane import PathPane
from widgets.row_list import RowList
from widgets.step_list import PlanRow, StepList, StepPage
from widgets.title_line import TitleLine

PLAN_WORK = "plan"


@dataclass(frozen=True)
class Prospect:
    """A plan and what the Service is like today and after it."""

    plan: Plan
    today: Case
    after: Case | None


class RemedyScreen(DoctorScreen):
    """Walks through a plan."""

    COMMANDS_HERE: ClassVar = REMEDY
    WORDS_HERE: ClassVar = ("DSR", "ACNP", "proxyAll", "SNAT")
    TITLE_HERE: ClassVar = "Way out"

    def __init__(self, case: Case, remedy: Remedy) -> None:
        super().__init__()
        self._case, self._remedy = case, remedy
        self._ranges: tuple[str, ...] = ()
        self._api_server = ""
        self._done: frozenset[int] = frozenset()
        self._prospect: Prospect | None = None
        self._shows_after: bool | None = None
        self._played = False

    def compose(self) -> ComposeResult:
        """What it gives and costs above, steps left, the page of one right (or below)."""
        yield TitleLine(f"{self._remedy.title}: {self._case.key}")
        yield Static(id="verdict")
        yield Notice(id="notice")
        with Container(id="plan"):
            yield StepList(ascii_only=self.doctor.ascii_only, id="steps")
            yield StepPage(id="page")
        yield PathPane(ascii_only=self.doctor.ascii_only, id="drawing")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Makes the plan; asks for ranges first where the remedy filters."""
        self.title_line.cluster(self._case.cluster)
        self.query_one("#drawing").display = False
        self._make_plan()

    def show_newer(self, case: Case) -> None:
        """Makes the plan again for what the cluster is now; marks stay while the steps do. What was played stays."""
        if self._played:
            return
        self._case = case
        self.title_line.cluster(case.cluster)
        self._make_plan()

    def _make_plan(self) -> None:
        self.query_one("#notice", Notice).say("loading", "Working out the plan …")
        context = self._case.snapshot.context
        question = Question(allow=self._ranges, kube_context=context, api_server=self._api_server)

        def work(cancelled: Event) -> Prospect:
            plan = self._remedy.make(self._case, question)
            after = Case.of(plan.after, self._case.key) if plan.after else None
            for case in filter(None, (self._case, after)):
                reason(case)
            return Prospect(plan, self._case, after)

        self.doctor.looker.ask(PLAN_WORK, work, self._show, self._trouble)

    def action_back(self) -> None:
        """Ends the work on the plan too: its answer would find no screen."""
        self.doctor.looker.cancel(PLAN_WORK)
        super().action_back()

    def _trouble(self, error: Exception) -> None:
        self.query_one("#notice", Notice).say("trouble", "The plan could not be made.", one_line(str(error)))

    def _show(self, prospect: Prospect) -> None:
        plan = prospect.plan
        if self._prospect and [step.title for step in self._prospect.plan.steps] != [step.title for step in plan.steps]:
            self._done = frozenset()
        self._prospect = prospect
        self.query_one("#verdict", Static).update(Content("\n".join(self._headline(prospect))))
        notice = self.query_one("#notice", Notice)
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
        steps = self.query_one(StepList)
        steps.list_plan(plan, self._done)
        steps.focus()
        if plan.asks and not plan.blocked_by and not (self._ranges or self._api_server) and self.is_current:
            self.action_ask_ranges()

    def _headline(self, prospect: Prospect) -> list[str]:
        today = f"Today: {service_keeping(self._case).value}. {reason(self._case)}"
        if prospect.after is None:
            return [f"Gives: {self._remedy.gives}", f"Costs: {self._remedy.costs}"]
        first, *more = admission_lines(prospect.plan)
        who = f"Who gets in: {first}" + (f" And {len(more)} more, see the plan (P)." if more else "")
        if self._remedy.filters:
            return [f"Gives: {self._remedy.gives}", f"Costs: {self._remedy.costs}", who]
        return [today, f"After: {service_keeping(prospect.after).value}. {reason(prospect.after)}", who]

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        """The page follows the cursor."""
        self.query_one(StepPage).open(event.item)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Enter moves into the page, to scroll it."""
        self.query_one(StepPage).focus()

    def _row(self) -> PlanRow | None:
        row = self.query_one(StepList).current
        if row is None or row.step is None:
            self.tell("Move to a step first: prerequisites have nothing to copy.")
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
        self._copy(files_text, "the manifest of step")

    def _copy(self, text: Callable[[Step], str], what: str) -> None:
        """Copies what belongs to the step under the cursor, with the cluster that it is for above it."""
        row = self._row()
        if row and row.step and self._prospect:
            self.copy_text(pasted(self._prospect.plan, text(row.step)), f"{what} {row.number}")

    def action_copy_plan(self) -> None:
        """The plan as a script."""
        if self._prospect and self._prospect.plan.applicable:
            self.copy_text(plan_script(self._prospect.plan), "the whole plan")
        else:
            self.tell("There is no plan to copy yet: see the reasons above the list.")

    def action_done(self) -> None:
        """Marks or unmarks the step; in the demo the last one makes the plan come true."""
        row = self._row()
        if row is None or self._prospect is None:
            return
        plan, steps = self._prospect.plan, self.query_one(StepList)
        self._done ^= {row.number}
        following = row.number in self._done and row.number < len(plan.steps)
        steps.list_plan(plan, self._done, steps.cursor + (1 if following else 0))
        if len(self._done) == len(plan.steps) and plan.after is not None and plan.applicable:
            self._played = self.doctor.play(plan.after)
            if self._played:
                self.tell("All steps done: the demo cluster has changed. esc twice shows the Services as they are now.")
            else:
                self.tell("All steps marked as done. ctrl-r reads the cluster again and shows what it says.")

    def action_before_after(self) -> None:
        """List of steps → drawing after the plan → drawing of today → list."""
        prospect = self._prospect
        if prospect is None or prospect.after is None:
            self.tell("There is nothing to compare: the plan is not possible yet.")
            return
        self._shows_after = {None: True, True: False, False: None}[self._shows_after]
        drawing = self.query_one(PathPane)
        self.query_one("#plan").display = self._shows_after is None
        drawing.display = self._shows_after is not None
        if self._shows_after is None:
            self.query_one(StepList).focus()
            return
        case = prospect.after if self._shows_after else prospect.today
        words = "AFTER the plan" if self._shows_after else "TODAY"
        paths = next(iter(by_access(case.once(arriving_paths)).values()))
        drawing.show(case, paths, title=f"{words} (b switches)")
        drawing.focus_drawing()

    def action_ask_ranges(self) -> None:
        """Asks for what the plan has to know: client ranges, or an address of the API server."""
        asks = self._prospect.plan.asks if self._prospect else ()
        if not self._remedy.filters and (asks or self._api_server):
            self._ask_api_server()
            return
        if not self._remedy.filters:
            self.tell("This way out has no question to answer.")
            return

        def trouble(text: str) -> str:
            allowed = read_ranges(text.replace(",", " ").split())
            return " ".join((*allowed.problems, *allowed.refused))

        def take(answer: str | None) -> None:
            if answer:
                self._ranges = tuple(answer.replace(",", " ").split())
                self._done = frozenset()
                self._make_plan()

        question = AskScreen(
            "Which client ranges must stay allowed?",
            "CIDRs or addresses with spaces between, for example 203.0.113.0/24 198.51.100.7",
            " ".join(self._ranges),
            trouble,
        )
        self.app.push_screen(question, take)

    def _ask_api_server(self) -> None:
        def take(answer: str | None) -> None:
            if answer:
                self._api_server = answer
                self._done = frozenset()
                self._make_plan()

        proposed = next((url for url, _ in candidates(self._case)), "")
        question = AskScreen(
            "By which address do all Nodes reach the API server without any Service?",
            "HOST:PORT; the control plane's load balancer where there is one",
            self._api_server or proposed,
            lambda text: read_api_server(text).trouble,
        )
        self.app.push_screen(question, take)
