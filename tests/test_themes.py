"""Themes can be read by everybody: contrast by WCAG, and colours that stay apart for the colour-blind."""

import asyncio
from itertools import combinations

import pytest
from textual.color import Color

from tui.app import DoctorApp
from tui.request import AppRequest
from tui.themes import DEFAULT, THEMES

TEXT = ("foreground", "text-muted", "text-warning", "text-success", "text-error", "text-accent")
GROUNDS = ("background", "surface", "panel", "block-cursor-blurred-background")
TOLD_APART = ("text-success", "text-warning", "text-error")
ENOUGH = 4.5

# Machado, Oliveira, Fernandes 2009, severity 1: linear RGB as seen without one kind of cone.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def linear(color: Color) -> tuple[float, ...]:
    parts = (value / 255 for value in color.rgb)
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def luminance(rgb: tuple[float, ...]) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def contrast(text: Color, ground: Color) -> float:
    """The contrast ratio of WCAG 2.2: 1 for equal, 21 for black on white."""
    lighter, darker = sorted((luminance(linear(text)), luminance(linear(ground))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    """CIE Lab of linear RGB (D65)."""
    rows = ((0.4124, 0.3576, 0.1805, 0.9505), (0.2126, 0.7152, 0.0722, 1.0), (0.0193, 0.1192, 0.9505, 1.089))
    x, y, z = (sum(part * value for part, value in zip(row, rgb)) / row[3] for row in rows)
    f = [max(value, 0) ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def seen(color: Color, blindness: str) -> tuple[float, float, float]:
    rgb = linear(color)
    return lab(tuple(sum(part * value for part, value in zip(row, rgb)) for row in BLINDNESS[blindness]))


def colours(name: str) -> dict[str, Color]:
    """The variables of a theme as the app resolves them, see-through ones laid on the background."""
    found: dict[str, str] = {}

    async def run() -> None:
        app = DoctorApp(AppRequest(demo="seed"))
        async with app.run_test():
            app.theme = name
            found.update(app.get_css_variables())

    asyncio.run(run())
    ground = Color.parse(found["background"])
    wanted = (*TEXT, *GROUNDS, "block-cursor-background", "block-cursor-foreground", "footer-key-foreground")
    return {
        key: ground + Color.parse(found[key])
        for key in (*wanted, "footer-foreground", "footer-background", "text-disabled")
    }


@pytest.mark.parametrize("name", [theme.name for theme in THEMES])
def test_every_text_can_be_read_on_every_ground(name: str) -> None:
    found = colours(name)
    pairs = [(text, ground) for text in TEXT for ground in GROUNDS]
    pairs += [
        ("block-cursor-foreground", "block-cursor-background"),
        ("footer-key-foreground", "footer-background"),
        ("footer-foreground", "footer-background"),
        ("text-disabled", "footer-background"),
    ]
    weak = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < ENOUGH} == {}


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("name", [theme.name for theme in THEMES if "colour-blind" in theme.name])
def test_kept_changed_and_broken_stay_apart_for_the_colour_blind(name: str, blindness: str) -> None:
    found = colours(name)
    for one, other in combinations(TOLD_APART, 2):
        apart = sum((a - b) ** 2 for a, b in zip(seen(found[one], blindness), seen(found[other], blindness))) ** 0.5
        assert apart > 20, (one, other, round(apart, 1))


def test_the_app_starts_in_a_tested_theme() -> None:
    assert DEFAULT in {theme.name for theme in THEMES}
    assert DoctorApp(AppRequest(demo="seed")).theme == DEFAULT
