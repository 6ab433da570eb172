"""The command as a process: quick to answer, quiet in pipes, careful with terminals, honest when it fails itself."""

import os
import pty
import select
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from headless import doctor
from tui.cli.log import without_secrets

ROOT = Path(__file__).parents[1]
DOCTOR = (sys.executable, "-m", "tui")


@pytest.mark.parametrize("line", ["--help", "check --help", "--version", "version", "version -o json", "chekc"])
def test_quick_answers_import_nothing_heavy(line: str) -> None:
    program = (
        "import sys; sys.argv[1:] = sys.argv[1].split(); from tui.__main__ import main; main();"
        "heavy = {'kubernetes', 'textual', 'rich', 'networkx', 'yaml', 'urllib3'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program, line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_early_causes_no_noise() -> None:
    process = subprocess.Popen((*DOCTOR, "list-checks"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == b""
    assert process.wait() == 141


def test_a_full_disk_is_told_and_is_no_success() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stdout:
        done = subprocess.run(
            (*DOCTOR, "version"), cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 5
    assert done.stderr == "antrea-doctor: the output could not be written: No space left on device.\n"


def test_the_app_without_a_terminal_points_to_a_command_that_works() -> None:
    ran = doctor("shop/web --demo")
    assert ran.code == 2
    assert "The app needs a terminal" in ran.err
    assert "Without a screen: antrea-doctor check shop/web --demo=seed" in ran.err


def test_kubectl_finds_the_plugin_and_the_help_names_it_so(tmp_path: Path) -> None:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    plugin = tmp_path / "kubectl-antrea_doctor"
    plugin.write_text(f"#!{sys.executable}\nimport sys\nfrom tui.__main__ import main\nsys.exit(main())\n")
    plugin.chmod(0o755)
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    done = subprocess.run(
        ["kubectl", "antrea-doctor", "check", "--help"], env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: kubectl antrea-doctor check ")


@pytest.mark.terminal
@pytest.mark.parametrize(
    ("line", "environ", "colored"),
    [
        ("list-checks", {}, True),
        ("list-checks", {"NO_COLOR": "1"}, False),
        ("list-checks --color never", {}, False),
        ("list-checks --color always", {"NO_COLOR": "1"}, True),
        ("list-checks", {"TERM": "dumb"}, False),
        ("list-checks -o json", {}, False),
        ("version", {}, False),
    ],
)
def test_escape_codes_are_written_only_where_they_are_wanted(
    line: str, environ: Mapping[str, str], colored: bool
) -> None:
    code, told = on_terminal(line, environ)
    assert code == 0
    assert ("\x1b[" in told) is colored


@pytest.mark.terminal
@pytest.mark.parametrize(
    "line", ["path shop/web --demo seed", "path -o wide shop/web --demo seed", "check --demo seed"]
)
@pytest.mark.parametrize("columns", [80, 120, 300])
def test_nothing_is_wider_than_the_terminal_and_no_name_is_cut(line: str, columns: int) -> None:
    _, told = on_terminal(f"{line} --color never", {"COLUMNS": str(columns)})
    lines = [text.rpartition("\x1b[K")[2].rstrip() for text in told.splitlines()]
    assert max(map(len, lines)) <= columns
    assert "…" not in told
    for name in ("shop/web", "kube-proxy", "LoadBalancerIP 198.51.100.20:80/TCP") if "path" in line else ("AD075",):
        assert any(name in text for text in lines)


def test_a_pipe_gets_escape_codes_only_on_demand() -> None:
    assert "\x1b" not in doctor("list-checks").out
    assert "\x1b[" in doctor("list-checks --color always").out


def test_lines_for_a_pipe_are_never_folded() -> None:
    lines = doctor("list-checks").out.splitlines()
    codes = doctor("list-checks -o name").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == codes


@pytest.mark.parametrize("line", ["explain DSR", "list-remedies", "path --demo", "check --demo"])
def test_a_terminal_without_unicode_gets_letters_that_it_has(line: str) -> None:
    ran = doctor(line, encoding="ascii")
    assert ran.code in (0, 1, 4)
    assert "\\u" not in ran.out


def test_ctrl_c_ends_with_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(call: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("tui.cli.version.run", interrupted)
    ran = doctor("version")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_a_fault_of_our_own_is_one_sentence_and_a_log_without_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(call: object) -> int:
        raise RuntimeError("Authorization: Bearer abc.def-123 was \x1b[31mrefused")

    monkeypatch.setattr("tui.cli.version.run", broken)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    ran = doctor("version --as-group token=hunter2")
    assert ran.code == 5
    assert ran.err.count("\n") == 1
    assert "this is a fault of antrea-doctor" in ran.err
    assert "Traceback" not in ran.err
    log = Path(ran.err.strip().rpartition("Details are in ")[2])
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    written = log.read_text()
    assert "Traceback" in written
    for text in (ran.err, written):
        assert "abc.def-123" not in text
        assert "hunter2" not in text
        assert "\x1b" not in text


def test_a_fault_is_told_even_when_no_log_can_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(call: object) -> int:
        raise RuntimeError

    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tui.cli.version.run", broken)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    ran = doctor("version")
    assert ran.code == 5
    assert "No log could be written." in ran.err


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: Bearer sha256~AbC_d-9",
        "token: k8s-aws-v1.aHR0cHM6Ly9",
        '{"password": "hunter2-AbC_d-9"}',
        "client-key-data: LS0tLS1CRUdJTi==",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAbCd\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_are_struck_out_of_logs(secret: str) -> None:
    told = without_secrets(f"before {secret} after")
    assert told.startswith("before ")
    assert told.endswith(" after")
    assert "[removed]" in told
    for part in ("AbC_d-9", "hunter2", "aHR0c", "LS0t", "eyJ", "c2ln", "MIIE"):
        assert part not in told


def on_terminal(line: str, environ: Mapping[str, str]) -> tuple[int, str]:
    """Runs the command in a pseudo-terminal of 120 columns; its exit code and everything that it wrote there."""
    leader, follower = pty.openpty()
    base = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        (*DOCTOR, *line.split()),
        cwd=ROOT,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**base, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", **environ},
    )
    os.close(follower)
    told = b""
    until = time.monotonic() + 20
    while select.select([leader], [], [], max(0.0, until - time.monotonic()))[0]:
        try:
            data = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        told += data
    os.close(leader)
    return process.wait(5), told.decode()
