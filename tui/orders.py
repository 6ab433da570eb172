"""What the operator asked for when the app was started: on the command line and in the config file."""

from collections.abc import Mapping

from diagnostics.remedies.plan.shells import Shell
from tui.actions import every_command, spelled
from tui.request import AppRequest, ConnectionOptions
from tui.settings import Settings


class Orders:
    """Command line, config file and chosen keys, as screens ask for them. `keys` holds those that were changed."""

    def __init__(self, request: AppRequest, settings: Settings, keys: Mapping[str, str]) -> None:
        self._request, self._settings, self.keys = request, settings, keys

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal cannot show box characters."""
        return self._request.ascii_only

    @property
    def connection(self) -> ConnectionOptions:
        """How the kubeconfig is read."""
        return self._request.connection

    @property
    def allow_write(self) -> bool:
        """Whether the app may change the cluster."""
        return self._request.allow_write

    @property
    def shell(self) -> Shell:
        """The shell that commands are written for."""
        return Shell(self._settings.shell or Shell.POSIX)

    @property
    def client_ip(self) -> str:
        """The address of the operator's client, from the command line."""
        return self._request.client.ip

    def key_of(self, command_id: str) -> str:
        """The first key of a command as a person reads it."""
        return spelled(self.keys.get(command_id, every_command()[command_id].keys).split(",")[0])
