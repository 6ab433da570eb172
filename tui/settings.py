"""The config file: keys, theme and the way of copying. The app starts whatever it says; what is wrong is told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from platformdirs import user_config_path

SECTIONS = ("keys", "theme", "copy")
WAYS_OF_COPYING = ("auto", "tmux", "program", "terminal", "file")
SHELLS = ("posix", "fish", "powershell")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator wants otherwise. Empty values mean our defaults.

    `keys` is the section as it was written; `tui/key_choices.py` checks it. `theme` is a name of `tui/themes.py` or of
    Textual, `copy_by` one of `tui/copying.py`, `shell` the one that commands are written for. `troubles` are sentences
    on what was not understood.
    """

    keys: Mapping[str, object] = field(default_factory=dict)
    theme: str = ""
    copy_by: str = ""
    shell: str = ""
    troubles: tuple[str, ...] = ()


def config_file() -> Path:
    """Where the config file belongs; it need not be there."""
    return user_config_path("antrea-doctor") / "config.toml"


def read_settings(path: Path | None = None) -> Settings:
    """The settings of the config file. Never raises: a file that cannot be read or understood is told as a trouble."""
    path = path or config_file()
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        return Settings(troubles=(f"The config file {path} could not be read: {os.strerror(error.errno or 0)}.",))
    import tomllib  # a start without a config file need not wait for it

    try:
        found = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return Settings(troubles=(f"The config file {path} is no TOML and was left out: {error}.",))
    return _settings(found)


def _settings(found: Mapping[str, object]) -> Settings:
    troubles = [_unknown(name, SECTIONS) for name in found if name not in SECTIONS]
    sections: dict[str, Mapping[str, object]] = {}
    for name in SECTIONS:
        section = found.get(name, {})
        if isinstance(section, Mapping):
            sections[name] = section
        else:
            troubles.append(f"{name} is no section: write [{name}] on a line of its own.")
    (theme,) = _texts(sections.get("theme", {}), "theme", ("name",), troubles)
    copy_by, shell = _texts(sections.get("copy", {}), "copy", ("by", "shell"), troubles)
    if copy_by and copy_by not in WAYS_OF_COPYING:
        troubles.append(f"There is no way of copying {copy_by!r}; there is {', '.join(WAYS_OF_COPYING)}.")
    if shell and shell not in SHELLS:
        troubles.append(f"Commands cannot be written for {shell!r}; there is {', '.join(SHELLS)}.")
        shell = ""
    return Settings(sections.get("keys", {}), theme, copy_by, shell, tuple(troubles))


def _texts(section: Mapping[str, object], where: str, names: tuple[str, ...], troubles: list[str]) -> list[str]:
    troubles += [f"{where}.{_unknown(other, names)}" for other in section if other not in names]
    found: list[str] = []
    for name in names:
        value = section.get(name, "")
        if not isinstance(value, str):
            troubles.append(f"{where}.{name} takes a text in quotes.")
            value = ""
        found.append(value)
    return found


def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, 1)
    return f"{name} is unknown. " + (f"Did you mean {near[0]}?" if near else f"There is {', '.join(known)}.")
