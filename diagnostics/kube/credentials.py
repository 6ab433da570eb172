"""Who talks to which server: the official loader's Configuration, and the headers of each request.

The loader runs login programs (exec plugins), reads tokens and certificates and knows when to do so again. It only
logs that a login program failed, may run one several times when threads ask together, gives it the terminal, and reads
a token file only once; all of that is mended here.
"""

import binascii
import logging
import os
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from diagnostics.kube.contexts import IN_CLUSTER, Context
from diagnostics.kube.token_file import TokenFile
from diagnostics.kube.trouble import ConnectionTrouble, ContextError
from diagnostics.model.text import one_line

if TYPE_CHECKING:
    from kubernetes.client import Configuration

USER_AGENT = "antrea-doctor"
_LONGEST_SAID = 300


def load_configuration(context: Context, files: Sequence[str]) -> "Configuration":
    """The Configuration of a context; runs its login program, so call it before the screen is taken over.

    `files` are those of `Contexts`. Raises ContextError.
    """
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_incluster_config, load_kube_config

    from diagnostics.kube.login_program import take_over

    take_over()
    configuration = Configuration()
    repair = "Repair the kubeconfig, or choose another context with --context."
    with _heard_errors() as said:
        try:
            if context.key == IN_CLUSTER and not files:
                load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            else:
                load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=os.pathsep.join(files),
                    context=context.key,
                    client_configuration=configuration,
                    persist_config=False,
                )
        except (binascii.Error, UnicodeError) as error:
            why = f"A certificate, key or token in it is not base64 or not text: {one_line(str(error))}."
            raise ContextError(f"Context {context.name} cannot be used.", why, repair) from error
        except (ConfigException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            why = f"{_shortened(str(error))}."
            raise ContextError(f"Context {context.name} cannot be used.", why, repair) from error
    if context.login_program and not _has_credentials(configuration):
        raise login_failed(context, said)
    _check_certificates(configuration, context)
    return configuration


class Headers:
    """The headers of requests. Renewing credentials may run the login program: one thread at a time, unattended."""

    def __init__(
        self, configuration: "Configuration", context: Context, as_user: str = "", as_groups: Sequence[str] = ()
    ) -> None:
        self._configuration = configuration
        self._context = context
        self._lock = Lock()
        self._token_file = TokenFile(context.token_file) if context.token_file else None
        self._as = [("Impersonate-User", as_user)] if as_user else []
        self._as += [("Impersonate-Group", group) for group in as_groups]
        if as_groups and not as_user:
            raise ContextError("--as-group needs --as.", "", "Say as whom with --as USER.")
        if any(not value.isprintable() or not value.isascii() for _, value in self._as):
            raise ContextError("--as and --as-group take names of printable ASCII characters.")

    def fresh(self) -> list[tuple[str, str]]:
        """The headers of one request. Raises ConnectionTrouble when the login program now fails."""
        headers = [("Accept", "application/json"), ("Accept-Encoding", "gzip"), ("User-Agent", USER_AGENT), *self._as]
        from diagnostics.kube.login_program import unattended

        with self._lock, _heard_errors() as said, unattended():
            own = self._token_file.token() if self._token_file else ""
            try:
                settings = self._configuration.auth_settings()
            except Exception as error:  # whatever the loader's hook meets
                raise login_failed(self._context, [str(error)]) from error
        if said and self._context.login_program:
            raise login_failed(self._context, said)
        bearer = settings.get("BearerToken")
        value = f"Bearer {own}" if own else bearer["value"] if bearer else ""
        if value:
            headers.append(("Authorization", str(value)))
        return headers

    def have_changed(self, sent: str) -> bool:
        """After a 401 for the Authorization `sent`: whether the token's file has another one to try."""
        if self._token_file is None:
            return False
        with self._lock:
            return f"Bearer {self._token_file.newest()}" != sent


def login_failed(context: Context, said: Sequence[str]) -> ConnectionTrouble:
    """The login program gave no credentials; `said` is what the loader logged."""
    program = context.login_program or "for these credentials"
    what = f"The login program {program} of user {context.user} gave no credentials."
    why = f"It said: {_shortened(said[-1])}." if said else ""
    hint = context.install_hint and f"{context.install_hint.rstrip('.')}."
    return ConnectionTrouble(what, why, hint or f"Log in again, or run {program} by hand to see what it needs.")


def _check_certificates(configuration: "Configuration", context: Context) -> None:
    """Raises ContextError when TLS could not even begin: said here, it is not taken for the server's fault."""
    trial = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    what, next_step = f"Context {context.name} cannot be used.", "Repair the kubeconfig, or choose another context."
    try:
        if configuration.ssl_ca_cert:
            trial.load_verify_locations(configuration.ssl_ca_cert)
    except OSError as error:
        why = f"The certificate authority of cluster {context.cluster} cannot be used: {_shortened(str(error))}."
        raise ContextError(what, why, next_step) from error
    try:
        if configuration.cert_file:
            trial.load_cert_chain(configuration.cert_file, configuration.key_file, password=lambda: "")
    except (OSError, ValueError) as error:
        why = f"The client certificate and key of user {context.user} cannot be used: {_shortened(str(error))}."
        raise ContextError(what, why, next_step) from error


def _has_credentials(configuration: "Configuration") -> bool:
    return bool(configuration.api_key or configuration.cert_file)


def _shortened(text: str) -> str:
    line = one_line(text).rstrip(".")
    return line if len(line) <= _LONGEST_SAID else f"{line[:_LONGEST_SAID]}…"


class _Ear(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        if record.module == "kube_config":
            self._said.append(record.getMessage())


@contextmanager
def _heard_errors() -> Iterator[list[str]]:
    """What the loader logs as an error meanwhile: its only way to say that a login program failed."""
    said: list[str] = []
    root, ear = logging.getLogger(), _Ear(said)
    root.addHandler(ear)
    try:
        yield said
    finally:
        root.removeHandler(ear)
