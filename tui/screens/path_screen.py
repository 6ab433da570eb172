"""A screen with the drawing of one Service, which can be looked at from other addresses, places and clients."""

from collections.abc import Mapping

from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.summary import reason
from diagnostics.model.arriving import Arrives
from diagnostics.model.case import Case
from tui.client_field import HINT, QUESTION, trouble_with
from tui.dialogs import AskScreen
from tui.screens.doctor_screen import DoctorScreen
from tui.viewpoint import Viewpoint
from widgets.path_pane import PathPane


class PathScreen(DoctorScreen):
    """Has a PathPane, and the commands that turn it."""

    def __init__(self, case: Case, client_ip: str = "") -> None:
        super().__init__()
        self._case = case
        self._viewpoint = Viewpoint(client=client_ip)
        self._reached: Mapping[str, str] = {}

    def show_path(self, number: int = 0) -> None:
        """Draws what is seen from the viewpoint; path `number` is selected, 0 leaves it to the drawing."""
        look = self._viewpoint.look(self._case)
        if look is None:
            self.query_one(PathPane).explain_absence(reason(self._case))
            return
        pane = self.query_one(PathPane)
        pane.show(
            self._case, look.paths, title=look.title, verdicts=look.verdicts, reached=self._reached, number=number
        )

    def action_next_access(self) -> None:
        """The next address of the Service."""
        self._viewpoint = self._viewpoint.next_access()
        self.show_path()

    def action_next_vantage(self) -> None:
        """The next place of the client."""
        self._viewpoint = self._viewpoint.next_place(self._case)
        self.show_path()

    def action_front_end(self) -> None:
        """The next answer to how packets reach the Nodes: as the cluster tells, with the LB IP, by NodePort."""
        case = self._case
        if case.once(front_end) is None:
            self.tell("No load balancer stands before this Service: clients dial its NodePorts or externalIPs.")
            return
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
