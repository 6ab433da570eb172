"""`antrea-doctor snapshot save`: what was read of a cluster, in a file for -f and for somebody else."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from diagnostics.checks.evidence import counted
from diagnostics.kube.documents import KubeObject
from diagnostics.kube.storing import stored
from diagnostics.model.text import one_line
from tui.cli.call import Call
from tui.cli.connect import choose, connect
from tui.cli.facts import Facts, progress
from tui.cli.gaps import say_gaps
from tui.cli.output import Output
from tui.cli.snapshot_words import amount, whence
from tui.cli.stop import Exit, Stop, usage
from tui.cli.talk import say
from tui.whole_file import write_whole

_YAML = (".yaml", ".yml")
_FORMS = (".json", *_YAML)


def run(call: Call) -> int:
    """Reads, writes the file, and says what is in it. Raises Stop."""
    path = Path(call.own.file).expanduser()
    shown = one_line(call.own.file)
    _check(path, shown, force=call.own.force)
    facts = connect(call)
    keys = choose(call, facts)
    scope = _scope(call, facts, keys)
    with progress(f"reading {scope}"):
        snapshot = facts.deepen(keys) if keys else facts.snapshot
    _check(path, shown, force=call.own.force)  # reading takes time, and a login program may ask
    objects = stored(snapshot, scope)
    try:
        write_whole(path, _yaml(objects) if path.suffix in _YAML else _json(objects))
    except OSError as error:
        raise Stop(Exit.OUR_FAULT, f"{shown} could not be written: {error.strerror}.") from error
    output = Output(call)
    output.sentence(f"{shown}: {whence(snapshot, snapshot.origin)}.")
    output.sentence(f"{amount(snapshot)}. Policies and Pods for {scope}.")
    say_gaps(snapshot.gaps)
    say(f"Names, labels and addresses stand in it as they are. To look at it: {call.program} -f {shown}")
    return Exit.OK


def _check(path: Path, shown: str, *, force: bool) -> None:
    if path.suffix not in _FORMS:
        raise usage(f"{shown} should end in {', '.join(_FORMS[:-1])} or {_FORMS[-1]}, which says how it is written.")
    if path.is_dir():
        raise usage(f"{shown} is a folder; name a file in it.")
    if not force and (path.exists() or path.is_symlink()):
        raise usage(f"There is a file {shown} already. Choose another name, or overwrite it with --force.")
    if not path.parent.is_dir():
        raise usage(f"There is no folder {one_line(str(path.parent))}.")


def _scope(call: Call, facts: Facts, keys: tuple[str, ...]) -> str:
    """For which Services more than the overview is read, in words."""
    if call.request.demo is not None or call.request.files:
        return "all that the recording holds"
    if call.request.service:
        return f"Service {keys[0]}"
    if set(keys) == set(facts.snapshot.service_by_key):
        return "all Services"
    namespace = call.request.connection.namespace or facts.namespace
    if call.selector:
        where = "all namespaces" if call.all_namespaces or not namespace else f"namespace {namespace}"
        return f"{counted(len(keys), 'Service')} with labels {call.selector} in {where}"
    return f"the Services of namespace {namespace}" if keys else "no Service"


def _json(objects: Iterable[KubeObject]) -> Iterator[bytes]:
    """A List with one object a line: two files can be compared by any tool that compares lines."""
    start = b'{"apiVersion":"v1","kind":"List","items":[\n'
    for item in objects:
        yield start + msgspec.json.encode(item)
        start = b",\n"
    yield b"\n]}\n"


def _yaml(objects: Iterable[KubeObject]) -> Iterator[bytes]:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    for item in objects:
        text = yaml.dump(item, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000, explicit_start=True)
        yield text.encode()
