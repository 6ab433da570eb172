"""Gets the facts for a headless command: from a demo, from files, or from a cluster."""

import os
import sys

from diagnostics.kube.recorded import Places, RecordingError, demo_names, read_demo, read_files, read_located
from diagnostics.model.snapshot import Snapshot, Source
from tui.cli.call import Call
from tui.cli.facts import Facts
from tui.cli.near import did_you_mean
from tui.cli.selector import parse_selector
from tui.cli.stop import Exit, Stop, usage
from tui.cli.talk import say


def connect(call: Call) -> Facts:
    """The facts. Raises Stop with a sentence on what to do next."""
    if call.no_input and "-" not in call.request.files:
        _close_input()
    facts = _recorded(call)
    if facts is None:
        from tui.cli.live import connect_live

        facts = connect_live(call)
    return facts.with_front_end(call.request.front_end) if call.request.front_end else facts


def _close_input() -> None:
    """Login programs of the kubeconfig inherit our standard input: with nothing there, they fail instead of asking."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def choose(call: Call, facts: Facts) -> tuple[str, ...]:
    """`namespace/name` of the Services that the call is about, in a stable order.

    Raises Stop when the named Service is not there.
    """
    services = facts.snapshot.service_by_key
    if call.request.service:
        try:
            return (find_service(facts.snapshot, call.request.service, facts.namespace),)
        except LookupError as error:
            raise usage(str(error.args[0])) from error
    wanted = "" if call.all_namespaces else call.request.connection.namespace or facts.namespace
    requirements = parse_selector(call.selector)
    keys = sorted(
        key
        for key, service in services.items()
        if (not wanted or service.metadata.namespace == wanted)
        and all(requirement.matches(service.metadata.labels) for requirement in requirements)
    )
    if not keys:
        gap = facts.snapshot.gap(Source.SERVICES, wanted)
        if gap:
            raise Stop(Exit.NOT_CONNECTED, f"Services could not be read. {gap.sentence}")
        where = f"in namespace {wanted}" if wanted else "in this cluster"
        labels = f" with labels {call.selector}" if call.selector else ""
        say(f"There are no Services {where}{labels}. -A looks into all namespaces.")
    return tuple(keys)


def check_demo(name: str) -> None:
    """Raises Stop when there is no demo of this name."""
    if name not in demo_names():
        hint = did_you_mean(name, demo_names(), otherwise=f"There are: {', '.join(demo_names())}.")
        raise usage(f"There is no demo named {name!r}.{hint}")


def find_service(snapshot: Snapshot, wanted: str, namespace: str = "") -> str:
    """`namespace/name` of the Service that is wanted; a bare name is looked for in the namespace, else in `default`.

    Raises LookupError with a sentence that names near ones.
    """
    key = wanted if "/" in wanted else f"{namespace or 'default'}/{wanted}"
    if key in snapshot.service_by_key:
        return key
    gap = snapshot.gap(Source.SERVICES, key.partition("/")[0])
    if gap:
        raise LookupError(f"Service {key} could not be read. {gap.sentence}")
    name = key.partition("/")[2]
    same_name = sorted(known for known in snapshot.service_by_key if known.partition("/")[2] == name)[:3]
    hint = f" Did you mean {' or '.join(same_name)}?" if same_name else ""
    hint = hint or did_you_mean(key, snapshot.service_by_key, otherwise="The command path -A names all Services.")
    raise LookupError(f"There is no Service {key}.{hint}")


def _recorded(call: Call) -> Facts | None:
    request = call.request
    if request.demo is None and not request.files:
        return None
    if request.demo is not None:
        check_demo(request.demo)
    if "-" in request.files and sys.stdin is not None and sys.stdin.isatty():
        say("Reading Kubernetes objects from the terminal; end with ctrl-d.")
    places: Places = {}
    try:
        if request.demo is not None:
            snapshot = read_demo(request.demo)
        elif call.output == "sarif":
            snapshot, places = read_located(request.files)
        else:
            snapshot = read_files(request.files)
    except RecordingError as error:
        raise usage(str(error)) from error
    return Facts(snapshot, "", lambda keys: snapshot, places)
