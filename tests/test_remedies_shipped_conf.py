"""Edits of the very files that releases of Antrea ship: only the intended lines change, whatever is set."""

from difflib import ndiff
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

from diagnostics.model.agent_config import parse_agent_config
from diagnostics.model.antrea import Antrea
from diagnostics.remedies.configuration.agent_conf import ConfEditError, Setting, edited, missing
from diagnostics.remedies.configuration.known_settings import KNOWN_SINCE, refuse_unknown

FOLDER = Path(__file__).parent / "agent_confs"
SHIPPED = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.conf"))}
WRITTEN = (
    Setting("antreaProxy", "proxyAll", True),
    Setting("antreaProxy", "disableServiceHealthCheckServer", True),
    Setting("antreaProxy", "defaultLoadBalancerMode", "dsr"),
    Setting("featureGates", "LoadBalancerModeDSR", True),
    Setting("featureGates", "NFTablesHostNetworkMode", True),
    Setting("", "hostNetworkMode", "nftables"),
    Setting("", "kubeAPIServerOverride", "https://192.0.2.10:6443"),
)


def known_in(release: str) -> tuple[Setting, ...]:
    return tuple(item for item in WRITTEN if KNOWN_SINCE[item.name] <= Version(release.removeprefix("v")))


CASES = [
    pytest.param(text, chosen, id=f"{release}-{'+'.join(item.key for item in chosen)}")
    for release, text in SHIPPED.items()
    for chosen in (*((item,) for item in known_in(release)), *combinations(known_in(release), 2), known_in(release))
]


def changes(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines taken away and lines put in."""
    lines = list(ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


def set_in(text: str, setting: Setting) -> object:
    values = yaml.safe_load(text)
    return (values.get(setting.parent) or {} if setting.parent else values).get(setting.key)


@pytest.mark.parametrize(("before", "chosen"), CASES)
def test_only_the_lines_of_the_settings_change(before: str, chosen: tuple[Setting, ...]) -> None:
    gone, new = changes(before, edited(before, chosen))
    assert [line.strip(" #").partition(":")[0] for line in gone] == [line.strip().partition(":")[0] for line in new], (
        "each line gives way to one of the same key: the files name every key, if only in a comment"
    )
    assert {line.strip().partition(":")[0] for line in new} == {item.key for item in chosen}
    assert not any(line.strip().startswith("#") for line in new)


@pytest.mark.parametrize(("before", "chosen"), CASES)
def test_every_sentence_of_comment_stays_where_it_is(before: str, chosen: tuple[Setting, ...]) -> None:
    keys = tuple(f"{item.key}:" for item in chosen)

    def comments(text: str) -> list[str]:
        found = [line for line in text.splitlines() if line.strip().startswith("#")]
        return [line for line in found if not line.strip(" #").startswith(keys)]

    assert comments(edited(before, chosen)) == comments(before)


@pytest.mark.parametrize(("before", "chosen"), CASES)
def test_agents_read_what_was_meant_and_everything_else_as_before(before: str, chosen: tuple[Setting, ...]) -> None:
    after = edited(before, chosen)
    assert all(set_in(after, item) == item.value for item in chosen)
    parse_agent_config(after)
    was, then = yaml.safe_load(before), yaml.safe_load(after)
    for item in chosen:
        for values in (was, then):
            section = values.get(item.parent) if item.parent else values
            if section:
                section.pop(item.key, None)
    assert {key: value or None for key, value in then.items()} == {key: value or None for key, value in was.items()}


@pytest.mark.parametrize(("before", "chosen"), CASES)
def test_a_second_edit_changes_nothing_and_windows_line_ends_stay(before: str, chosen: tuple[Setting, ...]) -> None:
    after = edited(before, chosen)
    assert edited(after, chosen) == after
    assert missing(after, chosen) == ()
    assert edited(before.replace("\n", "\r\n"), chosen) == after.replace("\n", "\r\n")


@pytest.mark.parametrize("release", SHIPPED)
@pytest.mark.parametrize("empty", ["", " null", " ~", " {}"])
def test_sections_without_anything_in_them_are_survived(release: str, empty: str) -> None:
    chosen = known_in(release)
    bare = "# kept\n" + "".join(f"{parent}:{empty}\n" for parent in ("featureGates", "antreaProxy"))
    after = edited(bare, chosen)
    assert all(set_in(after, item) == item.value for item in chosen)
    assert after.startswith("# kept\n")
    assert edited(after, chosen) == after


@pytest.mark.parametrize("release", SHIPPED)
@pytest.mark.parametrize("setting", WRITTEN, ids=lambda item: item.key)
def test_a_key_is_written_only_for_releases_whose_own_file_has_it(release: str, setting: Setting) -> None:
    text = SHIPPED[release]
    ships_it = any(line.strip(" #").startswith(f"{setting.key}:") for line in text.splitlines())
    assert (setting in known_in(release)) == ships_it
    for version in (Version(release.removeprefix("v")), None):
        antrea = Antrea(present=True, version=version)
        if ships_it:
            refuse_unknown(antrea, text, (setting,))
        else:
            with pytest.raises(ConfEditError, match=setting.key):
                refuse_unknown(antrea, text, (setting,))


def test_a_key_that_no_release_is_known_to_have_is_never_written() -> None:
    with pytest.raises(ConfEditError, match="madeUp"):
        refuse_unknown(Antrea(present=True, version=Version("9.9")), "madeUp: 1", (Setting("", "madeUp", True),))
