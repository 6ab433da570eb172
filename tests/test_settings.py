"""The config file: keys, theme and copying as the operator wants them; a wrong line is said and keeps nobody out."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from driving import drive, press, words
from headless import doctor
from terminal import OpenTerminal
from tui.actions import EVERYWHERE, SCREENS, every_command
from tui.app import DoctorApp
from tui.key_choices import keys_chosen
from tui.request import AppRequest
from tui.settings import Settings, config_file, read_settings

SEED = AppRequest(demo="seed")
WEB = AppRequest(demo="seed", service="shop/web")


def test_no_two_commands_share_a_name_and_no_two_of_a_screen_a_key() -> None:
    tables = (EVERYWHERE, *SCREENS.values())
    assert len(every_command()) == sum(map(len, tables))
    for commands in SCREENS.values():
        keys = [key for command in commands + EVERYWHERE for key in command.keys.split(",")]
        assert len(keys) == len(set(keys)), keys


OBEYED = [
    ({"services": {"filter": "ctrl-f"}}, {"services.filter": "ctrl+f"}),
    ({"services": {"filter": ["/", "F3"]}}, {"services.filter": "slash,f3"}),
    ({"services": {"filter": "f", "findings": "/"}}, {"services.filter": "f", "services.findings": "slash"}),
    ({"everywhere": {"quit": "Q"}}, {"everywhere.quit": "Q"}),
    ({"services": {"sort": "s"}}, {}),
]


@pytest.mark.parametrize(("section", "chosen"), OBEYED)
def test_keys_are_written_as_people_write_them(section: dict[str, object], chosen: dict[str, str]) -> None:
    assert keys_chosen(section) == (chosen, ())


REFUSED = [
    ({"services": {"fliter": "f3"}}, "keys.services.fliter is unknown. Did you mean services.filter?"),
    ({"services": {"filter": "f"}}, "keys.services.filter: the key f is that of services.findings"),
    ({"services": {"filter": "z", "sort": "z"}}, "keys.services.sort share the key z: both stay"),
    ({"everywhere": {"quit": "c"}}, "keys.everywhere.quit: the key c is that of examination.copy"),
    ({"services": {"filter": "j"}}, "the key j moves the cursor everywhere and cannot be given away."),
    ({"services": {"filter": "ctrl-z"}}, "the key ctrl-z belongs to the terminal"),
    ({"services": {"filter": "blah"}}, "there is no key 'blah'."),
    ({"services": {"filter": 3}}, "it takes a key"),
    ({"services": {"filter": []}}, "it takes a key"),
    ({"services": "x"}, "write [keys.services] and a line for each command."),
]


@pytest.mark.parametrize(("section", "sentence"), REFUSED)
def test_a_choice_that_cannot_be_obeyed_is_said_and_changes_nothing(section: dict[str, object], sentence: str) -> None:
    chosen, (told,) = keys_chosen(section)
    assert chosen == {}
    assert sentence in told


def written(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_settings(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[keys", "is no TOML"),
        ("[kyes]", "kyes is unknown. Did you mean keys?"),
        ("theme = 1", "theme is no section: write [theme]"),
        ("[theme]\nname = 3", "theme.name takes a text in quotes."),
        ("[copy]\nhow = 'x'", "copy.how is unknown."),
        ("[copy]\nby = 'pigeon'", "There is no way of copying 'pigeon'"),
    ],
)
def test_what_a_config_file_means_wrongly_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (told,) = written(tmp_path, text).troubles
    assert sentence in told


def test_a_config_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (told,) = read_settings(tmp_path).troubles
    assert "could not be read" in told


def shown_with(settings: Settings, request: AppRequest, keys: list[str]) -> str:
    frames: list[str] = []

    async def run(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, keys)
        frames.append(words(app))

    drive(request, run, settings=settings)
    return frames[0]


def test_bindings_footer_help_and_palette_follow_the_chosen_keys() -> None:
    settings = Settings(keys={"services": {"sort": "ctrl-o"}, "everywhere": {"help": "f1"}})
    assert "Sorted by name." in shown_with(settings, SEED, ["ctrl+o"])
    assert "Sorted by verdict." in shown_with(settings, SEED, ["s"])
    assert "ctrl-o Sort" in shown_with(settings, SEED, [])
    assert "ctrl-o Sort by verdict" in shown_with(settings, SEED, ["f1"])
    assert "Sort (ctrl-o)" in shown_with(settings, SEED, ["ctrl+p", *"sort"])


def test_sentences_that_name_a_key_name_the_chosen_one() -> None:
    settings = Settings(keys={"everywhere": {"refresh": "f5"}})
    assert "f5 tries again" in shown_with(settings, AppRequest(files=("/nonexistent",)), ["escape"])


def test_the_app_starts_with_a_wrong_config_file_and_says_what_is_wrong(open_terminal: OpenTerminal) -> None:
    path = config_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[keys.services]\nfilter = "f"\n[theme]\nname = "mauve"\n')
    terminal = open_terminal("--demo")
    terminal.wait_for("There is no theme")
    assert "shop/web" in terminal.text


def test_info_names_the_config_file() -> None:
    assert str(config_file()) in doctor("info -o json").out


def test_a_chosen_theme_is_worn() -> None:
    assert DoctorApp(SEED, Settings(theme="colour-blind-light")).theme == "colour-blind-light"
