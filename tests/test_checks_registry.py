"""The catalogue of checks is complete, ordered, and each check explains itself."""

import importlib
import re
from pathlib import Path

import pytest

import diagnostics.checks.check as form
from diagnostics.checks.catalogue import CHECKS, GROUPS, OWN_TROUBLE, RETIRED, check_by, group_of
from diagnostics.checks.check import Check

FOLDER = Path(form.__file__).parent
PARTS = ("What it means", "Why it matters", "How to verify", "What to do", "Sources")
BY_CODE = [pytest.param(check, id=check.code) for check in CHECKS]


def _files_with_checks() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if re.search(r"^@check\(", path.read_text(), re.MULTILINE))


def test_every_check_file_is_in_the_catalogue() -> None:
    assert _files_with_checks() == sorted(check.slug.replace("-", "_") for check in CHECKS)


def test_codes_are_unique_ordered_and_never_reused() -> None:
    codes = [check.code for check in CHECKS]

    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"AD\d{3}", code) for code in codes)
    assert not set(codes) & set(RETIRED)


def test_titles_and_slugs_are_unique() -> None:
    assert len({check.title for check in CHECKS}) == len(CHECKS)
    assert len({check.slug for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("check", BY_CODE)
def test_a_check_is_named_like_its_file(check: Check) -> None:
    name = check.slug.replace("-", "_")
    module = importlib.import_module(f"diagnostics.checks.{name}")

    assert getattr(module, name) is check
    assert check.code in (module.__doc__ or "")


@pytest.mark.parametrize("check", BY_CODE)
def test_a_title_is_a_sentence_that_can_be_true(check: Check) -> None:
    assert not check.title.endswith((".", "?"))
    assert len(check.title.split()) >= 3
    assert len(check.title) <= 90


@pytest.mark.parametrize("check", BY_CODE)
def test_a_page_has_all_its_parts_in_order(check: Check) -> None:
    assert tuple(re.findall(r"^## (.+)$", check.page, re.MULTILINE)) == PARTS
    for part in re.split(r"^## .+$", check.page, flags=re.MULTILINE)[1:]:
        assert part.strip()


@pytest.mark.parametrize("check", BY_CODE)
def test_a_page_gives_commands_that_name_everything(check: Check) -> None:
    commands = re.findall(r"kubectl (?!config)[^`\n]+", check.page)

    assert commands
    for command in commands:
        assert "--context CONTEXT" in command, command
        assert not re.search(r"\b(svc|po|cm|ds|acnp|annp|netpol|ns|no|ep)\b", command), command
        for resource in (
            "networkpolicies",
            "clusternetworkpolicies",
            "antreaagentinfos",
            "endpointslices",
            "daemonsets",
        ):
            for word in re.findall(rf"(?<![\w.-]){resource}[\w.]*", command):
                assert "." in word, f"{word} without its group in: {command}"


@pytest.mark.parametrize("check", BY_CODE)
def test_a_page_cites_sources(check: Check) -> None:
    sources = check.page.split("## Sources")[1]

    assert re.search(r"antrea#\d+|antrea:[\w./-]+|k8s:[\w./-]+", sources)


@pytest.mark.parametrize("check", BY_CODE)
def test_a_check_belongs_to_a_group(check: Check) -> None:
    assert group_of(check.code) in GROUPS
    assert (group_of(check.code) == OWN_TROUBLE) is (check.code >= "AD090")


def test_an_unknown_code_is_our_own_trouble() -> None:
    assert group_of("AD999") == OWN_TROUBLE
    assert group_of("crash") == OWN_TROUBLE


@pytest.mark.parametrize("check", BY_CODE)
def test_a_check_is_found_by_code_and_by_slug(check: Check) -> None:
    assert check_by(check.code.lower()) is check
    assert check_by(f" {check.slug.upper()} ") is check


def test_asking_for_a_check_that_is_not_there_gives_none() -> None:
    assert check_by("AD000") is None


def test_remedies_of_checks_exist() -> None:
    catalogue = pytest.importorskip("diagnostics.remedies.offered.catalogue")
    known = {remedy.slug for remedy in catalogue.REMEDIES}

    assert {slug for check in CHECKS for slug in check.remedies} <= known
