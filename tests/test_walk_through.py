"""The walk in the docs is what the app shows today, key by key."""

import asyncio
import importlib.util
import os
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "walk-through.md"


@pytest.fixture(scope="module")
def walker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("walk", ROOT / "screenshots" / "walk.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["walk"] = module
    spec.loader.exec_module(module)
    return module


def test_the_walk_in_the_docs_is_what_the_app_shows(walker: ModuleType) -> None:
    now = asyncio.run(walker.walk())
    if os.environ.get("UPDATE_FRAMES"):
        PAGE.write_text(now, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == now, "run python screenshots/walk.py and read what it wrote"


def test_the_walk_leads_from_the_denied_office_to_its_address_kept() -> None:
    screens = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for number, wanted in (
        (0, "Services (12)"),
        (2, "⇄ SNAT 203.0.113.10 → 10.20.0.1"),
        (3, "NetworkPolicy shop/allow-office"),
        (4, "✗ kept out"),
        (5, "Direct server return for this Service"),
        (7, "AFTER the plan"),
        (8, "What changes"),
        (9, "Steps: 5 of 5 done"),
        (-1, "= keeps  Client address kept."),
    ):
        assert wanted in screens[number]


def test_the_readme_leads_to_the_walk() -> None:
    assert "(docs/walk-through.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
