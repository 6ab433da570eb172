"""Words and codes are explained in the app by the same pages as on the command line."""

import pytest
from textual.pilot import Pilot

from driving import drive, frame, press, shown, words
from headless import doctor
from tui.app import DoctorApp
from tui.request import AppRequest
from tui.screens.explain import entries

SEED = AppRequest(demo="seed")


def test_everything_that_the_command_line_explains_is_listed() -> None:
    names = [name for name, _ in entries()]
    assert {"SNAT", "DSR", "AD010", "AD001"} <= set(names)
    assert len(names) == len(set(names))
    for name in (names[0], names[-1], "DSR"):
        assert doctor(["explain", name]).code == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_word_is_found_by_typing_and_read(size: tuple[int, int]) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["E", *"snat"])
        page = doctor(["explain", "SNAT"]).out
        assert "SNAT" in frame(app)
        assert len(page.split()) > 20
        assert " ".join(page.split()[2:7]) in " ".join(words(app).replace("│", " ").split())
        await press(pilot, ["enter", "escape", "escape"])
        assert "shop/web" in frame(app)

    drive(SEED, scene, size)


def test_the_code_under_the_cursor_is_explained_first() -> None:
    text = shown(AppRequest(demo="seed", service="shop/web"), ["2", "E"])
    assert "AD010: Rules that let client ranges in can see these clients" in text


def test_what_nobody_explains_leaves_an_empty_page() -> None:
    text = shown(SEED, ["E", *"zzzz"])
    assert "What it means" not in text
