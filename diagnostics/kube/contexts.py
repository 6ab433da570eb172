"""The contexts of the kubeconfig: what there is to connect to, and which one is meant."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from diagnostics.kube.kubeconfig_files import Entry, Merged, default_paths, merge
from diagnostics.kube.trouble import ContextError
from diagnostics.model.text import one_line

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
IN_CLUSTER = "in-cluster"
_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Context:
    """One way to connect. `name`, `cluster`, `server`, `user` and `namespace` are safe to show.

    `key` is the name as it stands in the file, for connecting, never to be shown. `file` is where it stands.
    `trouble` says why it cannot work, empty when nothing is known to be wrong. `install_hint` is what the author of
    the kubeconfig says about a login program that is missing; `login_program` its name, empty when there is none.
    `token_file` is the path of the file that holds the user's token, empty when the kubeconfig names none.
    """

    name: str
    key: str
    cluster: str = ""
    server: str = ""
    user: str = ""
    namespace: str = ""
    current: bool = False
    file: str = ""
    trouble: str = ""
    login_program: str = ""
    install_hint: str = ""
    token_file: str = ""


@dataclass(frozen=True)
class Contexts:
    """All contexts, and the files that they come from, as they are called on this machine.

    `notes` say which files could not be used, `why_none` why there is no context. `wanted` is the name that the
    kubeconfig gives as current, as it stands there.
    """

    contexts: tuple[Context, ...] = ()
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    why_none: str = ""
    wanted: str = ""

    @property
    def current(self) -> Context | None:
        """The context that kubectl would use."""
        return next((context for context in self.contexts if context.current), None)


def read_contexts(kubeconfig: str = "") -> Contexts:
    """The contexts of `kubeconfig`, else of KUBECONFIG or ~/.kube/config, else of the Pod that this runs in.

    No kubeconfig at all is an answer, `Contexts` without contexts. Raises ContextError when there are files and none
    can be used; where some can, the others are named in `notes`.
    """
    paths = [kubeconfig] if kubeconfig else default_paths()
    merged = merge(paths, must_exist=bool(kubeconfig))
    if not merged.files and merged.notes:
        raise merged.notes[0]
    if not merged.files:
        inside = _in_cluster()
        shown = ", ".join(one_line(path) for path in paths)
        why = f"There is no kubeconfig: {shown} does not exist."
        return Contexts((inside,), wanted=inside.key) if inside else Contexts(why_none=why)
    contexts = tuple(_context(merged, name) for name in merged.entries["contexts"])
    files = tuple(one_line(file) for file in merged.files)
    return Contexts(
        contexts,
        files=merged.files,
        notes=tuple(str(note) for note in merged.notes),
        why_none="" if contexts else f"The kubeconfig {', '.join(files)} names no contexts.",
        wanted=merged.current,
    )


def choose(contexts: Contexts, key: str = "") -> Context:
    """The context of this name, else the current one. Raises ContextError; a context with trouble is one."""
    if not contexts.contexts:
        next_step = "Name a kubeconfig with --kubeconfig or KUBECONFIG, or look at a demo with --demo."
        raise ContextError("There is nothing to connect to.", contexts.why_none, next_step)
    wanted = key or contexts.wanted
    found = next((context for context in contexts.contexts if context.key == wanted), None)
    if found is None:
        what = "No context is current."
        if wanted:
            what = f"There is no context {one_line(wanted)}{'' if key else ', which the kubeconfig names as current'}."
        raise ContextError(what, _near(wanted, contexts), "Choose one with --context.")
    if found.trouble:
        next_step = "Repair the kubeconfig, or choose another context with --context."
        raise ContextError(f"Context {found.name} cannot be used.", found.trouble, next_step)
    return found


def _context(merged: Merged, key: str) -> Context:
    entry = merged.entries["contexts"][key]
    cluster_key, user_key = (_name(entry.values.get(part)) for part in ("cluster", "user"))
    cluster = merged.entries["clusters"].get(cluster_key)
    user = merged.entries["users"].get(user_key)
    server = _name(cluster.values.get("server")) if cluster else ""
    login = user.values.get("exec") if user else None
    login = login if isinstance(login, dict) else {}
    trouble = ""
    if not cluster_key:
        trouble = "It names no cluster."
    elif cluster is None:
        trouble = f"It names cluster {one_line(cluster_key)}, which the kubeconfig does not have."
    elif not server:
        trouble = f"Cluster {one_line(cluster_key)} has no server."
    elif user_key and user is None:
        trouble = f"It names user {one_line(user_key)}, whom the kubeconfig does not have."
    return Context(
        name=one_line(key),
        key=key,
        cluster=one_line(cluster_key),
        server=shown_server(server),
        user=one_line(user_key),
        namespace=one_line(_name(entry.values.get("namespace"))),
        current=key == merged.current,
        file=one_line(entry.file),
        trouble=trouble,
        login_program=one_line(_name(login.get("command"))),
        install_hint=one_line(_name(login.get("installHint"))),
        token_file=_token_file(user) if user else "",
    )


def _token_file(user: Entry) -> str:
    """Where the token of a user stands; a token in the kubeconfig itself comes first, as in the official loader."""
    path = "" if user.values.get("token") or user.values.get("auth-provider") else _name(user.values.get("tokenFile"))
    return os.path.join(os.path.dirname(os.path.abspath(user.file)), path) if path else ""


def shown_server(server: str) -> str:
    """The address of a server without user name and password."""
    try:
        parts = urlsplit(server)
        host = parts.netloc.rpartition("@")[2]
        return one_line(parts._replace(netloc=host, query="", fragment="").geturl())
    except ValueError:
        return one_line(server.rpartition("@")[2])


def _name(value: object) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _near(key: str, contexts: Contexts) -> str:
    names = [context.name for context in contexts.contexts]
    near = get_close_matches(one_line(key), names, _NAMED_AT_MOST, cutoff=0.5) if key else []
    if near:
        return f"Near it: {_listed(near)}."
    more = len(names) - _NAMED_AT_MOST
    return f"There are: {_listed(names[:_NAMED_AT_MOST])}{f' and {more} more' if more > 0 else ''}."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _in_cluster() -> Context | None:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST"), os.environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port or not (SERVICE_ACCOUNT / "token").is_file():
        return None
    try:
        namespace = (SERVICE_ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        namespace = ""
    address = f"[{host}]" if ":" in host else host
    return Context(
        name=IN_CLUSTER,
        key=IN_CLUSTER,
        cluster=IN_CLUSTER,
        server=one_line(f"https://{address}:{port}"),
        user="service account",
        namespace=one_line(namespace),
        current=True,
        file=str(SERVICE_ACCOUNT),
    )
