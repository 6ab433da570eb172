"""The drawing as a file: true to the drawing, inert whatever names say, and never over another file."""

import os
import re
from dataclasses import replace
from pathlib import Path as File
from xml.etree import ElementTree

import pytest
from textual.pilot import Pilot

from drawn import DrawnCluster
from driving import drive, frame, press, toasts
from tui.app import DoctorApp
from tui.drawing_file import trouble_with_file, write_new
from tui.request import AppRequest
from widgets.drawing.draw import draw
from widgets.drawing.drawing import export_text
from widgets.drawing.vector import export_svg

EVIL = ('"><script>alert(1)</script>', "</text><image href='http://x/y'/>", "]]>&amp;&#x3c;")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("width", [50, 78, 132])
def test_every_word_of_the_drawing_is_in_the_picture_at_its_place(direct: bool, width: int) -> None:
    cluster = DrawnCluster(1, 2, 0, names=("node-a", "工作节点-东京", "node-c"))
    drawing = draw(cluster.antrea_proxy(direct=direct), cluster.labels(), width=width, path=2)
    root = ElementTree.fromstring(export_svg(drawing, "title"))
    rows: dict[str, list[tuple[float, str]]] = {}
    for text in root.iter(f"{SVG}text"):
        rows.setdefault(text.get("y", ""), []).append((float(text.get("x", "")), text.text or ""))
    shown = ["".join(text for _, text in sorted(rows[y])) for y in sorted(rows, key=float)]
    lines = re.compile("[─-╿►▼ ]")
    wanted = [lines.sub("", line) for line in export_text(drawing).splitlines()]
    assert [text.replace(" ", "") for text in shown] == [line for line in wanted if line]


def test_lines_are_strokes_and_direct_answers_are_dashed() -> None:
    cluster = DrawnCluster(1, 2, 0)
    kinds = {}
    for direct in (False, True):
        drawing = draw(cluster.antrea_proxy(direct=direct), cluster.labels(), width=132, path=2)
        paths = ElementTree.fromstring(export_svg(drawing, "t")).iter(f"{SVG}path")
        kinds[direct] = {path.get("class", "") for path in paths}
    assert {"", "heavy", "head", "head heavy"} <= kinds[False]
    assert kinds[True] - kinds[False] == {"dashed", "heavy dashed"}


def test_the_rewrite_stands_out_by_shape_in_the_picture() -> None:
    cluster = DrawnCluster(1, 2, 0)
    root = ElementTree.fromstring(export_svg(draw(cluster.kube_proxy(), cluster.labels(), width=132), "t"))
    bars = [item for item in root.iter(f"{SVG}rect") if item.get("class") == "bar"]
    told = [item.text or "" for item in root.iter(f"{SVG}text") if item.get("class") == "bar"]
    assert len(bars) == len(told) > 0
    assert all("SNAT" in text for text in told)


def test_hostile_names_stay_text_in_the_picture() -> None:
    cluster = DrawnCluster(1, 1, 1, names=EVIL)
    labels = replace(cluster.labels(), pods=dict.fromkeys(cluster.home, EVIL[0]))
    root = ElementTree.fromstring(export_svg(draw(cluster.kube_proxy(False), labels, width=160), EVIL[0]))
    assert {item.tag.removeprefix(SVG) for item in root.iter()} <= {"svg", "style", "title", "rect", "path", "text"}
    assert not [name for item in root.iter() for name in item.attrib if name.startswith(("on", "href", "{"))]
    assert any("<script>" in (item.text or "") for item in root.iter(f"{SVG}text"))


def test_a_file_is_never_overwritten_and_unwritable_places_are_refused_in_words(tmp_path: File) -> None:
    there = tmp_path / "there.svg"
    there.write_text("mine")
    assert "exists already" in trouble_with_file(str(there))
    with pytest.raises(FileExistsError):
        write_new(str(there), "other")
    assert there.read_text() == "mine"
    assert "no folder" in trouble_with_file(str(tmp_path / "nowhere" / "x.svg"))
    assert "is a folder" in trouble_with_file(str(tmp_path))
    assert trouble_with_file("x" * 5000)
    assert trouble_with_file("a\0b")
    if os.geteuid():
        tmp_path.chmod(0o500)
        assert "may not be written" in trouble_with_file(str(tmp_path / "new.svg"))
    assert trouble_with_file("~/new.svg") == ""
    assert write_new("~/new.svg", "x") == File.home() / "new.svg"


@pytest.mark.parametrize(
    ("downs", "ending", "wanted"),
    [(0, "svg", "<svg"), (1, "html", "<table>"), (2, "txt", "┃"), (3, "mmd", "flowchart LR")],
)
def test_the_drawing_is_saved_by_keys_and_the_screen_says_where(downs: int, ending: str, wanted: str) -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["s", *["down"] * downs, "enter", "home", "~", "/", "enter"])
        file = File.home() / f"shop-web-path.{ending}"
        assert f"Saved as {file}." in toasts(app)
        text = file.read_text(encoding="utf-8")
        assert wanted in text
        for fact in ("203.0.113.10", "10.20.0.1", "node-a"):
            assert fact in text
        await press(pilot, ["s", *["down"] * downs, "enter", "home", "~", "/", "enter"])
        assert "existsalready" in re.sub(r"[\s│]", "", frame(app))  # the window stays open
        assert file.read_text(encoding="utf-8") == text

    drive(AppRequest(demo="proxy-all", service="shop/web"), scene, (80, 24))


def test_without_a_drawing_there_is_nothing_to_save() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["s"])
        assert "There is no drawing" in toasts(app)

    drive(AppRequest(demo="seed", service="shop/catalog-db"), scene)
