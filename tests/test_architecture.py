"""The house keeps its floors: imports go one way only, and the engine needs no screen and no network."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("tui", "widgets", "diagnostics")
ROOMS = ("remedies", "checks", "policy", "datapath", "model")
SHELVES = (
    "acting", "files", "comparison", "offered", "steps", "paper", "prerequisites", "configuration", "plan",
)  # fmt: skip
"""The folders of `remedies`, each standing on the ones after it."""
ENGINE_FORBIDDEN = {"textual", "rich", "kubernetes", "tui", "widgets"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no sources under {folder}"
    return found


def room(name: str) -> str:
    parts = name.split(".")
    return parts[1] if parts[0] == "diagnostics" and len(parts) > 1 else ""


def test_floors_only_look_downwards() -> None:
    for index, floor in enumerate(FLOORS):
        above = set(FLOORS[:index])
        wrong = [f"{path}: {name}" for path in sources(floor) for name in imports(path) if name.split(".")[0] in above]
        assert not wrong


def test_rooms_of_the_engine_stand_on_the_ones_after_them() -> None:
    wrong = []
    for index, name in enumerate(ROOMS):
        allowed = set(ROOMS[index:])
        for path in sources(f"diagnostics/{name}"):
            wrong += [f"{path}: {item}" for item in imports(path) if room(item) and room(item) not in allowed]
    assert not wrong


def test_folders_of_the_remedies_stand_on_the_ones_after_them() -> None:
    folder = ROOT / "diagnostics" / "remedies"
    assert sorted(path.name for path in folder.iterdir() if path.name != "__pycache__") == sorted(SHELVES)
    wrong = []
    for index, name in enumerate(SHELVES):
        above = {f"diagnostics.remedies.{other}" for other in SHELVES[:index]}
        for path in sources(f"diagnostics/remedies/{name}"):
            wrong += [f"{path}: {item}" for item in imports(path) if ".".join(item.split(".")[:3]) in above]
    assert not wrong


def test_kube_stands_on_the_model_alone_and_nothing_in_the_engine_stands_on_kube() -> None:
    wrong = [
        f"{path}: {item}"
        for path in sources("diagnostics/kube")
        for item in imports(path)
        if room(item) not in ("", "kube", "model")
    ]
    wrong += [
        f"{path}: {item}"
        for name in ROOMS
        for path in sources(f"diagnostics/{name}")
        for item in imports(path)
        if room(item) == "kube"
    ]
    assert not wrong


def test_only_kube_imports_kubernetes() -> None:
    wrong = [
        str(path)
        for floor in FLOORS
        for path in sources(floor)
        if any(name.split(".")[0] in ("kubernetes", "urllib3") for name in imports(path)) and "kube" not in path.parts
    ]
    assert not wrong


def test_engine_knows_no_screen() -> None:
    wrong = [
        f"{path}: {name}"
        for item in ROOMS
        for path in sources(f"diagnostics/{item}")
        for name in imports(path)
        if name.split(".")[0] in ENGINE_FORBIDDEN
    ]
    assert not wrong


def test_widgets_know_no_kubernetes_threads_clipboard_or_screens() -> None:
    forbidden = {"kubernetes", "threading", "subprocess", "textual.screen", "diagnostics.kube"}
    wrong = [f"{path}: {name}" for path in sources("widgets") for name in imports(path) if name in forbidden]
    assert not wrong


def test_no_loose_files_beside_the_rooms() -> None:
    assert [path.name for path in (ROOT / "diagnostics").glob("*.py")] == []


@pytest.mark.parametrize(
    "module", ["diagnostics.checks.catalogue", "diagnostics.remedies.offered.catalogue", "diagnostics.kube.recorded"]
)
def test_engine_in_a_clean_process_loads_no_screen_and_no_client(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"textual", "rich", "kubernetes", "networkx"} & set(done.stdout.split())


def test_no_package_markers_under_tests() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
