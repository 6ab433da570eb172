"""Commands, files and sentences reach the operator's own shell word by word, whatever is in them."""

import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from diagnostics.model.text import REPLACEMENT, UNSAFE
from diagnostics.remedies.plan.commands import UnsafeValueError, line
from diagnostics.remedies.plan.shells import DIALECTS, Shell, words_of
from powershell import arguments, command_line, quoted_text, tokens

HOSTILE = (
    "it's", '"quoted"', "$(touch pwned)", "`touch pwned`", "a;b", "a&&b", "a|b", "a > b", ">", "*", "?", "~", "~root",
    "%self", "%PATH%", "$HOME", "${x}", "@args", "@{a=1}", "a,b", "{a,b}", "(a)", "#x", "-", "--", "--%", "-x.y",
    "-a:b", "!!", "^", "\\", "a b\\", "\\\\\"", 'a\\"b c', "\u2018x\u2019", "\u201cx\u201d", "", " ", "1e3", "=x",
    "ä b",
    'jsonpath={range .items[*]}{.metadata.name}{"\\t"}{end}', '--patch={"spec": {"a": "b c"}}',
)  # fmt: skip
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cn"))).filter(
    lambda text: not UNSAFE.search(text) and not any(mark in text for mark in ("\n", "\t", "\r", REPLACEMENT))
)
tricky = st.one_of(
    words, st.text("'\"\\$`;|&<>(){}[]*?~%@,#!=-. ab\u2018\u2019", max_size=12), st.sampled_from(HOSTILE)
)
SENTENCES = tuple(text for text in HOSTILE if text == text.strip())
RUNNING = {Shell.POSIX: ("sh", "-eu"), Shell.FISH: ("fish", "--no-config")}
SHELLS = [
    pytest.param(shell, marks=pytest.mark.skipif(not shutil.which(name[0]), reason=f"{name[0]} is not installed"))
    for shell, name in RUNNING.items()
]
PRINT = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done
"""


def understood(shell: Shell, script: str, folder: Path) -> str:
    """What the script prints in the real shell."""
    ran = subprocess.run(
        [*RUNNING[shell]], input=script, text=True, encoding="utf-8", capture_output=True, check=False, cwd=folder,
        env={"PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, ""), script
    return ran.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with a program `tell` that prints its arguments."""
    made = tmp_path_factory.mktemp("shell")
    (made / "tell").write_text(PRINT)
    (made / "tell").chmod(0o755)
    return made


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_words=st.lists(tricky, min_size=1, max_size=20))
@example(given_words=list(HOSTILE))
def test_words_come_out_of_the_real_shell_as_they_went_in(shell: Shell, folder: Path, given_words: list[str]) -> None:
    command = DIALECTS[shell].command(line("tell", *given_words))
    assert understood(shell, f"{command}\n", folder) == "".join(f"{word}\n" for word in given_words)
    assert [path.name for path in folder.iterdir()] == ["tell"]


@settings(max_examples=300, deadline=None)
@given(given_words=st.lists(tricky, min_size=1, max_size=6))
@example(given_words=list(HOSTILE))
def test_words_come_out_of_powershell_as_they_went_in_by_its_documented_rules(given_words: list[str]) -> None:
    command = DIALECTS[Shell.POWERSHELL].command(line("tell", *given_words))
    before, after = "& { $PSNativeCommandArgumentPassing = 'Legacy'; ", " }"
    if command.startswith(before):
        command = command[len(before) : -len(after)]
    said = tokens(command)
    for newer in (True, False):
        assert arguments(command_line(said, doubles_last_backslashes=newer)) == ["tell", *given_words]


def test_powershell_is_told_to_pass_escaped_quotes_as_they_are_and_only_then() -> None:
    dialect = DIALECTS[Shell.POWERSHELL]
    plain = dialect.command(line("kubectl", "--context", "prod", "-n", "shop", "get", "services", "it's"))
    assert plain == "kubectl --context prod -n shop get services 'it''s'"
    quoted = dialect.command(line("kubectl", "get", "-o", 'jsonpath={"\\n"}'))
    assert quoted == """& { $PSNativeCommandArgumentPassing = 'Legacy'; kubectl get -o '"jsonpath={\\"\\n\\"}"' }"""


@settings(deadline=None)
@given(given_words=st.lists(tricky, min_size=1, max_size=6), into=st.one_of(st.just(""), tricky.filter(bool)))
@example(given_words=["a", ">"], into="")
@example(given_words=["a", ">", "b"], into="")
@example(given_words=["a", ">"], into=">")
def test_the_words_of_a_line_are_known_again(given_words: list[str], into: str) -> None:
    found = words_of(line(*given_words, into=into))
    assert (found.words, found.into) == (tuple(given_words), into)


@pytest.mark.parametrize("text", ["a | b", "a; b", "a && b", "a $x", "a > b > c", "a # b", "", "a  b", "a 'b", "a\nb"])
def test_what_is_no_line_of_a_plan_is_not_translated(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a plain command line|No closing quotation"):
        words_of(text)


@pytest.mark.parametrize("value", ["two\nlines", "tab\there", "esc\x1b[2J", "null\x00", "rtl\u202e", "lost\ufffd"])
def test_what_no_line_can_carry_is_refused_before_any_shell(value: str) -> None:
    with pytest.raises(UnsafeValueError):
        line("tell", value)


CONTENTS = (
    "a: 1", "EOF\n$(touch pwned)\n`touch pwned`\nEND_OF_FILE\nEND_OF_FILE_\n'\"\\", "'@\nx", "\u2019@", "@'",
    "\\", "\n\n",
    "a: |\n  '@ indented\n  it''s", "  lead\ntrail  \n", "ä\u2018",
)  # fmt: skip


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_file_is_written_as_it_is_and_nothing_in_it_runs(shell: Shell, content: str, tmp_path: Path) -> None:
    script = DIALECTS[shell].write_file("it's here.yaml", content)
    understood(shell, f"{script}\n", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["it's here.yaml"]
    assert (tmp_path / "it's here.yaml").read_text(encoding="utf-8") == f"{content}\n"


@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_for_powershell_is_one_text_that_only_its_own_end_ends(content: str) -> None:
    script = DIALECTS[Shell.POWERSHELL].write_file("it's here.yaml", content)
    start = "Set-Content -NoNewline -Encoding utf8 -LiteralPath 'it''s here.yaml' -Value "
    assert script.startswith(start)
    value = script.removeprefix(start)
    if not value.startswith("@'\n"):
        assert quoted_text(value, 0) == (f"{content}\n", len(value))
        return
    ends = [index for index, text in enumerate(value.split("\n")) if text[:2] in ("'@", "\u2018@", "\u2019@")]
    assert ends == [value.count("\n")], "the first line that ends a here-string is the last one"
    assert value.removeprefix("@'\n").removesuffix("\n'@") == f"{content}\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_ends_at_the_first_command_that_fails(shell: Shell, tmp_path: Path) -> None:
    dialect = DIALECTS[shell]
    script = "\n".join((*dialect.opening, dialect.step("true"), dialect.step("false"), dialect.say("too far")))
    ran = subprocess.run([*RUNNING[shell]], input=script, text=True, capture_output=True, check=False, cwd=tmp_path)
    assert ran.returncode != 0
    assert "too far" not in ran.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_printed_and_not_run(shell: Shell, sentence: str, folder: Path) -> None:
    assert understood(shell, f"{DIALECTS[shell].say(sentence, 'end')}\n", folder) == f"{sentence}\nend\n"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_one_text_for_powershell(sentence: str) -> None:
    said = DIALECTS[Shell.POWERSHELL].say(sentence)
    assert quoted_text(said, len("Write-Host ")) == (sentence, len(said))


def test_output_goes_into_the_file_that_is_named() -> None:
    posix = line("kubectl", "get", "services", "-o", "yaml", into="it's.yaml")
    write: Callable[[Shell], str] = lambda shell: DIALECTS[shell].command(posix)  # noqa: E731
    assert shlex.split(write(Shell.POSIX))[-2:] == [">", "it's.yaml"]
    assert write(Shell.FISH) == r"kubectl get services -o yaml > 'it\'s.yaml'"
    assert write(Shell.POWERSHELL) == (
        "[Console]::OutputEncoding = [Text.Encoding]::UTF8; "
        "kubectl get services -o yaml | Set-Content -Encoding utf8 -LiteralPath 'it''s.yaml'"
    )
