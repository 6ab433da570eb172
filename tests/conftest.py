"""What all tests share: the test bed's fixtures, and nothing of the developer's own settings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from terminal import OpenTerminal, Terminal

pytest_plugins = ["bed.fixtures", "applying"]

_OWN_SETTINGS = (
    "KUBECONFIG", "NO_COLOR", "TEXTUAL_THEME", "TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY",
    "WSL_DISTRO_NAME", "COLUMNS", "LINES",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home and a plain terminal, so that no test reads or writes the developer's own files."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CACHE_HOME", str(user_cache_path()))  # the test bed's binaries lie there
    for name in _OWN_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TERM", os.environ.get("TERM") or "xterm-256color")
    return home


@pytest.fixture
def open_terminal() -> Iterator[OpenTerminal]:
    """Opens the installed command in pseudo-terminals, all closed at the end of the test."""
    opened: list[Terminal] = []

    def start(*words: str, columns: int = 120, lines: int = 40, shell: bool = False, **environment: str) -> Terminal:
        opened.append(Terminal(*words, columns=columns, lines=lines, shell=shell, **environment))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()
