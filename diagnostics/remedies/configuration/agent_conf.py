"""The smallest edit of `antrea-agent.conf`: only the intended lines change and every comment stays.

Unset keys of that file are comments below their parent, so that a parent may parse to null. The edit turns the
comment of the key into the key where there is one; otherwise it inserts the key right below its parent. A second
key of the same name would be fatal (antrea:pkg/util/yaml), and so would half an edit: the result is parsed again
and compared with the intent.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode

from diagnostics.model.text import REPLACEMENT, plain

_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Setting:
    """A wanted value; `parent` is the section (`featureGates`, `antreaProxy`), empty for a key at the top."""

    parent: str
    key: str
    value: bool | str

    @property
    def helm_value(self) -> str:
        """The same wish for `helm --set`; the chart's keys are those of the file (antrea:build/charts/antrea)."""
        return f"{self.name}={self.text}"

    @property
    def sentence(self) -> str:
        """The setting as it is said."""
        return f"{self.name}: {self.text}"

    @property
    def text(self) -> str:
        """The value as YAML."""
        return json.dumps(self.value) if isinstance(self.value, bool) else self.value

    @property
    def name(self) -> str:
        """The key with its section, as Helm writes it."""
        return f"{self.parent}.{self.key}" if self.parent else self.key


class ConfEditError(ValueError):
    """The text cannot be edited safely; the message says why, for the operator who then edits by hand."""


def edited(text: str, settings: Iterable[Setting]) -> str:
    """The text with these settings and nothing else changed. Raises ConfEditError."""
    if REPLACEMENT in text:
        raise ConfEditError(
            "antrea-agent.conf has characters that were replaced at reading, so it cannot be written back unchanged."
        )
    wanted = _values(text)
    result = text
    for setting in settings:
        section = _section(wanted, setting.parent)
        if section.get(setting.key) == setting.value:
            continue
        section[setting.key] = setting.value
        result = _with(result, setting)
        if not _says(result, wanted):
            raise ConfEditError(f"Setting {setting.sentence} would change more than that in antrea-agent.conf.")
    return result


def missing(text: str, settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """The settings that the text does not have yet, each once. Raises ConfEditError when it is not understood."""
    values = _values(text)
    wanted = dict.fromkeys(settings)
    return tuple(item for item in wanted if _section(values, item.parent).get(item.key) != item.value)


def unified_diff(before: str, after: str, name: str) -> str:
    """The change as a unified diff without a final newline; empty when nothing changes."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name} (now)", f"{name} (planned)", lineterm=""
    )
    return plain("\n".join(lines))


def _section(values: dict[str, object], parent: str) -> dict[str, object]:
    if not parent:
        return values
    section = values.get(parent) or {}
    if not isinstance(section, dict):
        raise ConfEditError(f"{parent} in antrea-agent.conf is not a map.")
    values[parent] = section
    return section


def _says(text: str, wanted: dict[str, object]) -> bool:
    try:
        return _values(text) == wanted
    except ConfEditError:
        return False


def _values(text: str) -> dict[str, object]:
    try:
        values = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        raise ConfEditError(f"antrea-agent.conf is not YAML: {plain(str(error)).splitlines()[0]}.") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfEditError("antrea-agent.conf is not a YAML map.")
    _refuse_duplicates(_root(text))
    return values


@lru_cache(maxsize=16)
def _root(text: str) -> MappingNode | None:
    """The text with its places; the plans of a comparison ask for the same one, and only read it."""
    try:
        root = YAML(typ="rt").compose(text)
    except YAMLError as error:
        raise ConfEditError(f"antrea-agent.conf is not YAML: {plain(str(error)).splitlines()[0]}.") from error
    return root if isinstance(root, MappingNode) else None


def _refuse_duplicates(node: MappingNode | None) -> None:
    if node is None:
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            raise ConfEditError(f"antrea-agent.conf has the key {key.value} twice; agents refuse to start with it.")
        seen.add(key.value)
        if isinstance(value, MappingNode):
            _refuse_duplicates(value)


def _with(text: str, setting: Setting) -> str:
    root = _root(text)
    if not setting.parent:
        return _in_map(text, root, setting, Span(0, len(text)), at_top=True)
    for key, value in root.value if root else ():
        if key.value == setting.parent:
            if isinstance(value, MappingNode):
                return _in_map(text, value, setting, _block(text, root, key))
            if isinstance(value, ScalarNode):
                bare = text[: value.start_mark.index] + text[value.end_mark.index :]
                return _in_map(bare, None, setting, _block(bare, _root(bare), key))
            raise ConfEditError(f"{setting.parent} in antrea-agent.conf is not a map.")
    newline = _newline(text)
    section = f"{setting.parent}:{newline}{_INDENT}{setting.key}: {setting.text}{newline}"
    return _ended(text) + section


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the text by character positions: a section without the line of its own key."""

    start: int
    end: int


def _in_map(text: str, node: MappingNode | None, setting: Setting, block: Span, *, at_top: bool = False) -> str:
    for key, value in node.value if node else ():
        if key.value == setting.key:
            if not isinstance(value, ScalarNode):
                raise ConfEditError(f"{setting.key} in antrea-agent.conf is not a single value.")
            return _replaced(text, key, value, setting)
    if node is not None and node.flow_style:
        inside = node.start_mark.index + 1
        comma = ", " if node.value else ""
        return f"{text[:inside]}{setting.key}: {setting.text}{comma}{text[inside:]}"
    indent = "" if at_top else _INDENT
    if node is not None and node.value:
        indent = " " * node.value[0][0].start_mark.column
    entry = f"{indent}{setting.key}: {setting.text}"
    for line in _lines(text, block):
        if re.fullmatch(rf"[ \t]*#[ \t]*{re.escape(setting.key)}:[^\n#]*", text[line.start : line.end].rstrip("\r\n")):
            ending = "\r" if text[line.start : line.end].endswith("\r") else ""
            return text[: line.start] + entry + ending + text[line.end :]
    newline = _newline(text)
    if at_top:
        return f"{_ended(text)}{entry}{newline}"
    head = text[: block.start]
    return f"{_ended(head)}{entry}{newline}{text[block.start :]}"


def _replaced(text: str, key: ScalarNode, value: ScalarNode, setting: Setting) -> str:
    start, end = value.start_mark.index, value.end_mark.index
    written = text[start:end]
    if not written:
        after_colon = text.index(":", key.end_mark.index) + 1
        return f"{text[:after_colon]} {setting.text}{text[after_colon:]}"
    quote = written[0] if written[0] in ("'", '"') and isinstance(setting.value, str) else ""
    return f"{text[:start]}{quote}{setting.text}{quote}{text[end:]}"


def _block(text: str, root: MappingNode | None, parent: ScalarNode) -> Span:
    """From the line after the parent's key to the line of the next key at the top, or to the end."""
    start = text.find("\n", parent.start_mark.index) + 1 or len(text)
    after = (
        [key.start_mark.index for key, _ in root.value if key.start_mark.index > parent.start_mark.index]
        if root
        else []
    )
    return Span(start, min(after, default=len(text)))


def _lines(text: str, block: Span) -> Iterator[Span]:
    position = block.start
    while position < block.end:
        end = text.find("\n", position, block.end)
        end = block.end if end < 0 else end
        yield Span(position, end)
        position = end + 1


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + _newline(text)
