"""The keys that the config file gives to commands, checked against the one table of commands.

Whatever cannot be obeyed is told in a sentence and left as it was: a wrong line must not keep anybody from the app.
"""

import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches

from textual.binding import Binding, BindingError
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from tui.actions import EVERYWHERE, SCREENS, Command, every_command, spelled, with_keys

MOVES = "up,down,left,right,h,j,k,l,g,G,home,end,pageup,pagedown,ctrl+u,ctrl+d,enter,tab,shift+tab"
KEPT = "ctrl+c,ctrl+q,ctrl+s,ctrl+z"
_TAKEN = dict.fromkeys(MOVES.split(","), "moves the cursor everywhere") | dict.fromkeys(
    KEPT.split(","), "belongs to the terminal"
)
_PEOPLE_SAY = {"esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup", "pgdn": "pagedown"}
_MODIFIERS = {"ctrl", "alt", "shift", "super", "hyper", "meta"}
_NAMED = {key.value for key in Keys} | set(KEY_NAME_REPLACEMENTS.values())


def keys_chosen(section: Mapping[str, object]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Keys by command id, as Textual names them, and a sentence for each entry that is not obeyed.

    `section` is the table `keys` of the config file: a table for each screen, in which a command has one key or a
    list of them.
    """
    chosen: dict[str, str] = {}
    troubles: list[str] = []
    table = every_command()
    for scope, entries in section.items():
        if not isinstance(entries, Mapping):
            troubles.append(f"keys.{scope} is no table of commands: write [keys.{scope}] and a line for each command.")
            continue
        for name, value in entries.items():
            command_id = f"{scope}.{name}"
            if command_id not in table:
                troubles.append(f"keys.{command_id} is unknown.{_near(command_id, table)}")
                continue
            keys, trouble = _read_keys(value)
            if trouble:
                troubles.append(f"keys.{command_id}: {trouble}")
            elif keys != table[command_id].keys:
                chosen[command_id] = keys
    return _without_clashes(chosen, troubles)


def _near(command_id: str, table: Mapping[str, Command]) -> str:
    near = get_close_matches(command_id, table, 1)
    return f" Did you mean {near[0]}?" if near else " The README lists the names of all commands."


def _read_keys(value: object) -> tuple[str, str]:
    """Keys as Textual names them, comma-separated, and why not."""
    words = [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str) and word]
    if not words or (isinstance(value, list) and len(words) < len(value)):
        return "", 'it takes a key such as "f" or "ctrl-f", or a list of keys.'
    found = []
    for word in words:
        key = _key(word)
        if not key:
            return "", f"there is no key {word!r}."
        if key in _TAKEN and key != "enter":
            return "", f"the key {spelled(key)} {_TAKEN[key]} and cannot be given away."
        found.append(key)
    return ",".join(found), ""


def _key(word: str) -> str:
    """One key as Textual names it, from what a person writes; empty when there is none of that name."""
    *modifiers, last = word.replace("-", "+").split("+") if len(word) > 1 else [word]
    if not set(map(str.lower, modifiers)) <= _MODIFIERS or not last:
        return ""
    name = last if len(last) == 1 else _PEOPLE_SAY.get(last.lower(), last.lower())
    if len(name) > 1 and name not in _NAMED and not _is_character(name):
        return ""
    try:
        (binding,) = Binding.make_bindings([Binding("+".join((*map(str.lower, modifiers), name)), "")])
    except (BindingError, ValueError):
        return ""
    return binding.key


def _is_character(name: str) -> bool:
    try:
        return bool(unicodedata.lookup(name.replace("_", " ")))
    except KeyError:
        return False


def _without_clashes(chosen: dict[str, str], troubles: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Drops choices until no chosen key of a screen stands for two commands; each dropped one is told."""
    kept = dict(chosen)
    while clash := next(filter(None, (_clash(commands, kept) for commands in SCREENS.values())), None):
        key, pair = clash
        dropped = [command.id for command in pair if command.id in kept]
        for command_id in dropped:
            del kept[command_id]
        if len(dropped) == 2:
            troubles.append(
                f"keys.{dropped[0]} and keys.{dropped[1]} share the key {spelled(key)}: both stay as before."
            )
        else:
            other = next(command.id for command in pair if command.id not in dropped)
            troubles.append(f"keys.{dropped[0]}: the key {spelled(key)} is that of {other}, so it stays as before.")
    return kept, tuple(troubles)


def _clash(commands: tuple[Command, ...], chosen: Mapping[str, str]) -> tuple[str, tuple[Command, Command]] | None:
    owner: dict[str, Command] = {}
    for command in with_keys(commands + EVERYWHERE, chosen):
        for key in command.keys.split(","):
            first = owner.setdefault(key, command)
            if first is not command and {first.id, command.id} & chosen.keys():
                return key, (first, command)
    return None
