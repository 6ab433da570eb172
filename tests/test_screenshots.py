"""The pictures of the README are made by the app itself, and show what the README says."""

import asyncio
import html
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parent.parent / "screenshots"


def taker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("take", FOLDER / "take.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["take"] = module
    spec.loader.exec_module(module)
    return module


def words(picture: Path) -> str:
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", picture.read_text())
    return " ".join(html.unescape(text).replace("\N{NO-BREAK SPACE}", " ") for text in texts)


def test_each_picture_belongs_to_a_shot() -> None:
    take = taker()
    names = {f"{shot.name}{suffix}" for shot in take.SHOTS for suffix in take.THEMES}
    assert {path.stem for path in FOLDER.glob("*.svg")} == names


def test_a_picture_can_be_taken_again_and_is_the_same(tmp_path: Path) -> None:
    take = taker()
    shot = next(shot for shot in take.SHOTS if shot.name == "path-sometimes")
    picture = asyncio.run(take.take(shot, tmp_path))
    assert words(picture) == words(FOLDER / "path-sometimes.svg"), "run python screenshots/take.py and look at it"


def test_the_readme_shows_pictures_in_light_and_dark() -> None:
    readme = (FOLDER.parent / "README.md").read_text()
    shown = set(re.findall(r"screenshots/([\w-]+)\.svg", readme))
    assert shown
    assert {name for name in shown if not name.endswith("-light")} == {
        name.removesuffix("-light") for name in shown if name.endswith("-light")
    }
    assert shown <= {path.stem for path in FOLDER.glob("*.svg")}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("services", "shop/web"),
        ("path-kube-proxy", "SNAT 203.0.113.10 → 10.20.0.1"),
        ("path-sometimes", "client kept"),
        ("path-dsr", "answers go straight to the client"),
        ("finding", "shop/allow-office"),
        ("remedy-dsr", "Steps: 0 of 5 done"),
        ("remedy-nodeport", "ClusterNetworkPolicy"),
    ],
)
def test_pictures_show_what_they_are_for(name: str, wanted: str) -> None:
    assert wanted in words(FOLDER / f"{name}.svg")
