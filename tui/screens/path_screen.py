"""A screen with the drawing of one Service, which can be looked at from other addresses, places and clients."""

from collections.abc import Mapping

from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.summary import reason
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case
from diagnostics.model.text import one_line
from tui.actions import Command
from tui.choosing import ChooseScreen, Option
from tui.client_field import HINT, QUESTION, trouble_with
from tui.dialogs import AskScreen
from tui.drawing_file import COLUMNS_DRAWN, FORMS, Form, file_name, trouble_with_file, write_new, written
from tui.screens.doctor_screen import DoctorScreen
from tui.viewpoint import Viewpoint
from widgets.path_pane import PathPane
from widgets.path_view import PathView

TURNS = frozenset({"next-access", "next-vantage", "ask-client", "save"})


class PathScreen(DoctorScreen):
    """Has a PathPane, and the commands that turn it."""

    def __init__(self, case: Case, client_ip: str = "") -> None:
        super().__init__()
        self._case = case
        self._viewpoint = Viewpoint(client=client_ip)
        self._reached: Mapping[str, str] = {}
        self._addresses = 0

    def show_path(self, number: int = 0) -> None:
        """Draws what is seen from the viewpoint; path `number` is selected, 0 leaves it to the drawing."""
        look = self._viewpoint.look(self._case)
        self._addresses = look.addresses if look else 0
        self.refresh_bindings()
        if look is None:
            self.query_one(PathPane).explain_absence(reason(self._case))
            return
        pane = self.query_one(PathPane)
        pane.show(
            self._case, look.paths, title=look.title, verdicts=look.verdicts, reached=self._reached, number=number
        )

    def why_not(self, command: Command) -> str:
        """What is not drawn cannot be turned, and what no load balancer stands before has one entry."""
        if command.name in TURNS and not self._addresses:
            return "There is no drawing: no proxy handles this Service."
        if command.name == "next-access" and self._addresses == 1:
            return "This Service has only this address."
        if command.name == "front-end" and self._case.once(front_end) is None:
            return "No load balancer stands before this Service: clients dial its NodePorts or externalIPs."
        return super().why_not(command)

    def action_next_access(self) -> None:
        """The next address of the Service."""
        self._viewpoint = self._viewpoint.next_access()
        self.show_path()

    def action_next_vantage(self) -> None:
        """The next place of the client."""
        self._viewpoint = self._viewpoint.next_place(self._case)
        self.show_path()

    def action_save(self) -> None:
        """Asks for a form and a file name, and writes what is drawn."""
        look = self._viewpoint.look(self._case)
        drawing = self.query_one(PathView).drawn(COLUMNS_DRAWN)
        if look is None or drawing is None:
            return
        case = self._case

        def write(name: str, form: Form) -> None:
            self.doctor.looker.ask(
                "save",
                lambda cancelled: write_new(name, written(form, case, look, drawing)),
                lambda file: self.tell(f"Saved as {one_line(str(file))}."),
                lambda error: self.tell(f"Nothing was saved: {one_line(str(error))}.", trouble=True),
            )

        def name(chosen: str | None) -> None:
            if chosen:
                form = Form(chosen)
                hint = "Relative names start where antrea-doctor was started; ~ is your home. Nothing is overwritten."
                question = AskScreen("Save as which file?", hint, file_name(case, form), trouble_with_file)
                self.app.push_screen(question, lambda answer: write(answer, form) if answer else None)

        forms = [Option(form.name, words, form.value) for form, words in FORMS.items()]
        self.app.push_screen(ChooseScreen("Save the drawing in which form?", forms), name)

    def action_front_end(self) -> None:
        """The next answer to how packets reach the Nodes: as the cluster tells, with the LB IP, by NodePort."""
        case = self._case
        said = case.snapshot.front_ends
        answer = _NEXT_ANSWER[said.get(case.key)]
        others = {key: way for key, way in said.items() if key != case.key}
        told = case.snapshot.with_front_ends(others | ({case.key: answer} if answer else {}))
        found = front_end(Case.of(told, case.key))
        self.tell(found.why if found else "")
        self.doctor.tell_front_end(case.key, answer)

    def action_ask_client(self) -> None:
        """Asks for the client's address or range."""

        def take(answer: str | None) -> None:
            if answer is not None:
                self._viewpoint = self._viewpoint.of_client(answer)
                self.show_path()

        self.app.push_screen(AskScreen(QUESTION, HINT, self._viewpoint.client, trouble_with), take)


_NEXT_ANSWER = {None: Arrives.LB_IP, Arrives.LB_IP: Arrives.NODE_PORT, Arrives.NODE_PORT: None}
