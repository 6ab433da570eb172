"""What is installed is what stands in the repository, and nobody else provides our names."""

import importlib.metadata
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ["tui", "widgets", "diagnostics"]


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_three_folders_are_the_declared_packages() -> None:
    tool = project()["tool"]
    assert isinstance(tool, dict)
    assert tool["hatch"]["build"]["targets"]["wheel"]["packages"] == PACKAGES


def test_data_files_stand_inside_the_packages() -> None:
    assert (ROOT / "tui" / "app.tcss").is_file()
    assert list((ROOT / "diagnostics" / "kube" / "demo").glob("*.yaml"))
    assert list((ROOT / "tui" / "cli" / "schemas").glob("*.json"))
    for package in PACKAGES:
        assert (ROOT / package / "py.typed").is_file()


def test_no_other_installed_distribution_provides_our_package_names() -> None:
    owners = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, [])) <= {"antrea-doctor"}


def test_both_commands_are_installed() -> None:
    scripts = {item.name: item.value for item in importlib.metadata.entry_points(group="console_scripts")}
    assert scripts["antrea-doctor"] == scripts["kubectl-antrea_doctor"] == "tui.__main__:main"


def test_the_fixed_top_level_stands() -> None:
    for name in ("pyproject.toml", "tui", "widgets", "diagnostics", "tests", "screenshots", "README.md", "LICENSE"):
        assert (ROOT / name).exists()


def test_every_declared_dependency_is_imported_somewhere() -> None:
    text = "\n".join(path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    imported = {
        "textual": "textual", "kubernetes": "kubernetes", "rich": "rich", "networkx": "networkx", "msgspec": "msgspec",
        "PyYAML": "yaml", "ruamel.yaml": "ruamel", "urllib3": "urllib3", "packaging": "packaging",
        "platformdirs": "platformdirs",
    }  # fmt: skip
    declared = project()["project"]
    assert isinstance(declared, dict)
    names = [item.split(">")[0].split("=")[0] for item in declared["dependencies"]]
    assert set(names) == set(imported)
    for module in imported.values():
        assert f"import {module}" in text or f"from {module}" in text, module
