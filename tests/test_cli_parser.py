"""The command line reads as kubectl's does, and says plainly what it does not understand."""

import pytest

from diagnostics.datapath.path import VantageKind
from headless import doctor
from tui.cli.call import Call
from tui.cli.commands import COMMANDS
from tui.cli.parser import parse, program_name
from tui.request import ClientChoice, ColorMode, StartView, ViewKind


def read(line: str) -> Call:
    return parse(line.split(), "antrea-doctor")


@pytest.mark.parametrize(
    ("line", "command", "service"),
    [
        ("", "", None),
        ("shop/web", "", "shop/web"),
        ("web -n shop", "", "shop/web"),
        ("path", "path", None),
        ("path shop/web", "path", "shop/web"),
        ("path web", "path", "web"),
        ("path shop/web -n shop", "path", "shop/web"),
        ("--context prod check shop/web", "check", "shop/web"),
        ("-n shop check web", "check", "shop/web"),
        ("-n check check web", "check", "check/web"),
        ("check -n shop -- web", "check", "shop/web"),
        ("-o json check shop/web", "check", "shop/web"),
        ("--fail-on note check shop/web", "check", "shop/web"),
        ("plan shop/web --remedy use-dsr", "plan", "shop/web"),
        ("snapshot save a.json shop/web", "snapshot save", "shop/web"),
        ("snapshot save a.json -n shop web", "snapshot save", "shop/web"),
        ("snapshot -n snapshot save a.json web", "snapshot save", "snapshot/web"),
        ("--context prod snapshot save a.json", "snapshot save", None),
    ],
)
def test_the_command_and_its_service_are_found_wherever_options_stand(
    line: str, command: str, service: str | None
) -> None:
    call = read(line)
    assert (call.command, call.request.service) == (command, service)


@pytest.mark.parametrize("line", ["path {} shop/web", "{} path shop/web", "path shop/web {}"])
def test_common_options_are_taken_before_and_after_the_command(line: str) -> None:
    options = (
        "--kubeconfig k --context c --as jane --as-group dev --as-group ops --request-timeout 2m "
        "--client-ip 198.51.100.7 --color never"
    )
    request = read(line.format(options)).request
    connection = request.connection
    assert (connection.kubeconfig, connection.context, connection.as_user) == ("k", "c", "jane")
    assert (connection.as_groups, connection.request_timeout) == (("dev", "ops"), 120.0)
    assert request.client == ClientChoice(VantageKind.EXTERNAL, "", "198.51.100.7")
    assert request.color is ColorMode.NEVER


@pytest.mark.parametrize(
    ("line", "demo", "command", "service"),
    [
        ("--demo", "seed", "", None),
        ("--demo dsr", "dsr", "", None),
        ("--demo shop/web", "seed", "", "shop/web"),
        ("--demo check", "seed", "check", None),
        ("--demo dsr check", "dsr", "check", None),
        ("--demo snapshot save a.json", "seed", "snapshot save", None),
        ("check --demo", "seed", "check", None),
        ("check --demo dsr shop/web", "dsr", "check", "shop/web"),
        ("check shop/web --demo -o json", "seed", "check", "shop/web"),
        ("path --demo=dsr", "dsr", "path", None),
    ],
)
def test_the_scenario_of_a_demo_may_be_left_out_anywhere(
    line: str, demo: str, command: str, service: str | None
) -> None:
    call = read(line)
    assert (call.request.demo, call.command, call.request.service) == (demo, command, service)


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("external", ClientChoice()),
        ("self", ClientChoice(VantageKind.SELF)),
        ("node:node-a", ClientChoice(VantageKind.NODE, "node-a")),
        ("pod:shop/web-0", ClientChoice(VantageKind.POD, "shop/web-0")),
    ],
)
def test_the_client_may_stand_in_four_kinds_of_place(text: str, client: ClientChoice) -> None:
    assert read(f"path shop/web --client {text}").request.client == client


@pytest.mark.parametrize(("text", "seconds"), [("10", 10), ("1.5s", 1.5), ("2m", 120), ("500ms", 0.5), ("0", 0)])
def test_times_are_written_as_for_kubectl(text: str, seconds: float) -> None:
    assert read(f"check --request-timeout {text}").request.connection.request_timeout == seconds


def test_files_may_be_given_several_times() -> None:
    assert read("check -f a.yaml -f dir -f -").request.files == ("a.yaml", "dir", "-")


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("path", StartView(ViewKind.PATH)),
        ("findings", StartView(ViewKind.FINDINGS)),
        ("remedy:use-dsr", StartView(ViewKind.REMEDY, "use-dsr")),
    ],
)
def test_the_app_opens_on_the_wanted_view(text: str, view: StartView) -> None:
    assert read(f"shop/web --view {text}").request.view == view


WRONG = [
    ("chekc", "'chekc' is no command. Did you mean check?"),
    ("web", "A Service is written NAMESPACE/SERVICE, or NAME with -n."),
    ("shop/web other", "Unrecognized arguments: other"),
    ("check a/b/c", "'a/b/c' is no Service; write NAMESPACE/SERVICE."),
    ("check /web", "'/web' is no Service"),
    ("check shop/", "'shop/' is no Service"),
    ("check shop/web -n other", "shop/web names another namespace than -n other"),
    ("check shop/web -A", "shop/web already names one"),
    ("check shop/web -l app=web", "shop/web already names one"),
    ("check -A -n shop", "-A and -n exclude each other"),
    ("check --demo -f x.yaml", "--demo and -f exclude each other"),
    ("check --request-timeout=-1s", "'-1s' is no time; write it like 10s or 2m"),
    ("check --request-timeout soon", "'soon' is no time"),
    ("path --client-ip 1.2.3", "'1.2.3' is no IP address"),
    ("path --client moon", "write external, node:NAME, pod:NAMESPACE/NAME or self"),
    ("path --client node:", "'node:' is no client"),
    ("path --client pod:web-0", "'pod:web-0' is no client"),
    ("path --client node:a --client-ip 192.0.2.1", "--client-ip is for an external client"),
    (
        "path -o html",
        "invalid choice: 'html' (choose from 'table', 'wide', 'json', 'yaml', 'markdown', 'mermaid', 'dot')",
    ),
    ("explain AD001 -o json", "Unrecognized arguments: -o json"),
    ("check --color pink", "choose from 'auto', 'always', 'never'"),
    ("check --fail-on bad", "choose from 'broken', 'risky', 'note', 'never'"),
    ("check --kontext x", "Unrecognized arguments: --kontext"),
    ("check --cont x", "Unrecognized arguments: --cont"),
    ("check --context", "--context: expected one argument"),
    ("plan shop/web --demo seed -o script", "--remedy"),
    ("plan --remedy use-dsr", "required"),
    ("explain", "CODE|TERM"),
    ("shop/web --view remedy", "'remedy' is no view"),
    ("shop/web --view path:x", "'path:x' is no view"),
    ("completion tcsh", "There is no completion for 'tcsh'."),
    ("completion", "SHELL"),
    ("snapshot", "Write snapshot save, snapshot show or snapshot diff"),
    ("snapshot shop/web", "Write snapshot save, snapshot show or snapshot diff"),
    ("snapshot save", "FILE"),
    ("snapshot save a.json b/c d", "Unrecognized arguments: d"),
    ("snapshot diff", "BEFORE"),
]


@pytest.mark.parametrize(("line", "sentence"), WRONG, ids=[line for line, _ in WRONG])
def test_a_wrong_command_line_is_told_in_one_sentence(line: str, sentence: str) -> None:
    told = doctor(line)
    assert told.code == 2
    assert sentence in told.err
    assert told.err.startswith("antrea-doctor: ")
    assert told.err.count("\n") == 1
    assert told.out == ""


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("/usr/local/bin/antrea-doctor", "antrea-doctor"),
        ("/home/me/.krew/bin/kubectl-antrea_doctor", "kubectl antrea-doctor"),
        ("C/kubectl-antrea_doctor.exe", "kubectl antrea-doctor"),
        ("/src/tui/__main__.py", "antrea-doctor"),
    ],
)
def test_the_usage_names_the_program_as_it_was_called(called: str, name: str) -> None:
    assert program_name(called) == name


def test_a_kubectl_plugin_is_told_by_its_own_name() -> None:
    assert "usage: kubectl antrea-doctor check" in doctor("check --help", "/bin/kubectl-antrea_doctor").out
    assert doctor("chekc", "/bin/kubectl-antrea_doctor").err.startswith("kubectl antrea-doctor: ")


@pytest.mark.parametrize("command", ["", *(command.name for command in COMMANDS)])
def test_every_command_has_help_with_examples(command: str) -> None:
    told = doctor(f"{command} --help")
    assert told.code == 0
    assert told.err == ""
    assert "usage: " in told.out
    assert "examples:" in told.out
    assert all(item.name in told.out for item in COMMANDS) is (command == "")


def test_the_first_word_of_a_family_names_its_members_in_its_help() -> None:
    told = doctor("snapshot --help")
    assert (told.code, told.err) == (0, "")
    assert "snapshot save, snapshot show or snapshot diff" in told.out


@pytest.mark.parametrize(("line", "allowed"), [("shop/web", False), ("shop/web --allow-write", True)])
def test_the_app_may_change_a_cluster_only_when_it_is_said(line: str, *, allowed: bool) -> None:
    assert parse(line.split(), "antrea-doctor").request.allow_write is allowed
