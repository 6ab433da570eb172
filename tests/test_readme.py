"""The README tells the truth: its pictures, its commands, its keys and its demos exist."""

import os
import re
import shlex
from pathlib import Path

from diagnostics.checks.catalogue import check_by
from diagnostics.kube.recorded import demo_names
from diagnostics.remedies.offered.catalogue import REMEDIES
from tui.actions import EVERYWHERE, SCREENS
from tui.cli.commands import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_every_picture_exists_and_every_picture_is_shown() -> None:
    named = set(re.findall(r'"(screenshots/[\w-]+\.svg)"', README))
    assert all((ROOT / name).is_file() for name in named)
    shown = {Path(name).stem for name in named}
    assert {"services", "path-kube-proxy", "path-sometimes", "finding", "remedy-dsr", "remedy-nodeport"} <= shown


def test_every_demo_is_named() -> None:
    assert all(f"`{name}`" in README or f"--demo {name}" in README for name in demo_names() if name != "seed")


def test_every_headless_command_that_is_shown_exists() -> None:
    lines = re.findall(r"^antrea-doctor (\w[\w-]*) ", README, re.MULTILINE)
    names = {command.name for command in COMMANDS}
    assert lines
    assert set(lines) <= {name.partition(" ")[0] for name in names} | {"shop"}
    assert {f"snapshot {word}" for word in re.findall(r"^antrea-doctor snapshot (\w+)", README, re.MULTILINE)} <= names


def test_codes_and_remedies_that_are_shown_exist() -> None:
    assert all(check_by(code) for code in re.findall(r"AD\d{3}", README))
    slugs = {remedy.slug for remedy in REMEDIES}
    assert set(re.findall(r"--remedy ([\w-]+)", README)) == slugs


def test_every_key_of_every_screen_is_in_the_table() -> None:
    table = README[README.index("## Keys") : README.index("## Without a screen")]
    keys = set(" ".join(re.findall(r"`([^`]+)`", table)).split()) | {"ctrl-p"}
    for commands in (EVERYWHERE, *SCREENS.values()):
        for command in commands:
            assert set(command.shown_keys.split()) & keys, (
                f"{command.label} ({command.shown_keys}) is not in the README"
            )


def test_the_names_of_commands_for_the_config_file_are_those_of_the_table() -> None:
    """`UPDATE_FRAMES=1` puts them into the README."""
    lines = []
    for commands in (EVERYWHERE, *SCREENS.values()):
        names = ", ".join(f"`{command.name}`" for command in commands)
        lines.append(f"- `[keys.{commands[0].scope}]` {names}")
    wanted = "\n".join(["<!-- commands -->", *lines, "<!-- /commands -->"])
    if os.environ.get("UPDATE_FRAMES"):
        old = re.search(r"<!-- commands -->.*<!-- /commands -->", README, re.DOTALL)
        assert old
        (ROOT / "README.md").write_text(README.replace(old[0], wanted))
    assert wanted in (ROOT / "README.md").read_text()


def test_the_commands_of_the_readme_are_one_line_each() -> None:
    for command in ("pip install . &&", "pip install -e '.[test]' &&"):
        line = next(line for line in README.splitlines() if command in line)
        assert shlex.split(line)[:3] == ["python3", "-m", "venv"]
