"""The commands that need no cluster: lists, pages, paths and versions."""

from pathlib import Path

import pytest
import yaml

from diagnostics.checks.catalogue import CHECKS
from diagnostics.checks.glossary import TERMS
from diagnostics.remedies.offered.catalogue import REMEDIES
from headless import doctor


def test_all_checks_are_listed_with_the_contract() -> None:
    document = doctor("list-checks -o json").json
    assert list(document) == ["schemaVersion", "checks"]
    assert [entry["code"] for entry in document["checks"]] == [check.code for check in CHECKS]
    assert {tuple(entry) for entry in document["checks"]} == {
        ("code", "slug", "title", "severity", "needs", "remedies")
    }
    assert doctor("list-checks -o name").out.split() == [check.code for check in CHECKS]
    assert yaml.safe_load(doctor("list-checks -o yaml").out) == document


def test_all_remedies_are_listed() -> None:
    document = doctor("list-remedies -o json").json
    assert list(document) == ["schemaVersion", "remedies"]
    assert [entry["slug"] for entry in document["remedies"]] == [remedy.slug for remedy in REMEDIES]
    assert doctor("list-remedies -o name").out.split() == [remedy.slug for remedy in REMEDIES]
    assert all(remedy.gives in doctor("list-remedies").out for remedy in REMEDIES)


def test_every_check_can_be_explained_by_code_and_slug() -> None:
    for check in CHECKS:
        page = doctor(f"explain {check.code.lower()}").out
        assert page.startswith(f"# {check.code}: {check.title}\n")
        assert check.page in page
        assert doctor(f"explain {check.slug}").out == page


def test_every_term_can_be_explained() -> None:
    for term in TERMS:
        for name in (term.name, *term.aliases):
            ran = doctor(["explain", name])
            assert ran.code == 0, name
            assert ran.out.startswith("# ")


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("AD999", "list-checks names all codes."),
        ("snatt", "Did you mean SNAT"),
        ("no-ready-endpoint", "Did you mean no-ready-endpoints"),
        ("", "Nothing is known about ''."),
        ("\x1b[31m", "Nothing is known about"),
    ],
)
def test_an_unknown_word_names_near_ones(word: str, sentence: str) -> None:
    ran = doctor(["explain", word])
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert "\x1b" not in ran.err


def test_info_names_the_places_of_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "/one:/two")
    facts = doctor("info -o json").json["info"]
    assert facts["kubeconfig"] == "/one:/two"
    assert facts["log"].startswith(str(tmp_path))
    assert facts["copied texts"].startswith(str(tmp_path))
    assert facts["textual"] != "not installed"


def test_the_version_is_the_same_everywhere() -> None:
    version = doctor("version -o json").json["version"]
    assert doctor("version").out == doctor("--version").out == f"antrea-doctor {version}\n"
