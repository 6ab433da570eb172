"""The command that provides the bed finds, builds or says in one sentence why not. A stub stands in for Go."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bed import antrea, binaries, provide

GO_THAT_BUILDS = """
import sys
target = next(word.removeprefix("-o=") for word in sys.argv if word.startswith("-o="))
open(target, "w").write(" ".join(sys.argv))
import os; os.chmod(target, 0o755)
"""
GO_WITHOUT_PROXY = """
import sys
sys.exit("go: k8s.io/kubernetes@v1.36.3: dial tcp: lookup proxy.example.org: no such host")
"""
GO_THAT_FAILS = "import sys; sys.exit('main.go:3:1: syntax error')"
GO_REFUSED = """
import json, sys
print(json.dumps({"Error": "antrea.io/antrea/v2@v2.7.0: 403 Forbidden"}))
sys.exit(1)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, no assets, and no programs on the PATH but the stub of `install`."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.delenv("ANTREA_CRDS", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    cache = tmp_path / "cache"
    for module in (binaries, antrea, provide):
        monkeypatch.setattr(module, "cache_folder", lambda: cache)
    return cache


def install_go(folder: Path, script: str) -> None:
    """Let `go` run this Python script."""
    go = folder.parent / "path" / "go"
    go.parent.mkdir()
    go.write_text(f"#!{sys.executable}\n{script}")
    go.chmod(0o755)


def make_programs(folder: Path) -> None:
    """Put something that may be run under the names of both programs."""
    folder.mkdir(parents=True)
    for name in ("kube-apiserver", "etcd"):
        (folder / name).touch(mode=0o755)


def test_the_pinned_versions_are_those_of_the_issue() -> None:
    assert binaries.kubernetes_version().startswith("v1.36.")
    assert binaries.etcd_version().startswith("v3.6.")
    with pytest.raises(KeyError):
        binaries.pinned_version("k8s.io/nothing")


def test_assets_come_before_what_was_built(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert binaries.find() is None
    make_programs(folder)
    assert binaries.find() == binaries.Binaries(folder / "kube-apiserver", folder / "etcd")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "assets"))
    assert binaries.find() == binaries.Binaries.within(folder)  # the named folder is empty
    make_programs(tmp_path / "assets")
    assert binaries.find() == binaries.Binaries.within(tmp_path / "assets")


def test_a_program_that_may_not_be_run_does_not_count(folder: Path) -> None:
    make_programs(folder)
    (folder / "etcd").chmod(0o644)
    assert binaries.find() is None


def test_both_are_built_and_named_with_their_version(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install_go(folder, GO_THAT_BUILDS)
    assert provide.main(["--without-antrea"]) == 0
    assert binaries.find() == binaries.Binaries.within(folder)
    assert "version.gitVersion=v1.36." in (folder / "kube-apiserver").read_text()
    assert sorted(each.name for each in folder.iterdir()) == ["etcd", "kube-apiserver", "lock"]
    told = capsys.readouterr().out
    assert str(folder / "etcd") in told
    assert "stand-ins" in told


def test_what_is_built_already_is_kept(folder: Path) -> None:
    make_programs(folder)  # and there is no Go
    assert provide.main(["--without-antrea"]) == 0


@pytest.mark.parametrize(
    ("script", "exit_code", "sentence"),
    [
        (None, 3, "Go is not installed"),
        (GO_WITHOUT_PROXY, 3, "modules cannot be had"),
        (GO_THAT_FAILS, 1, "does not build: main.go:3:1: syntax error"),
    ],
    ids=["no Go", "no module proxy", "build fails"],
)
def test_why_it_cannot_be_provided(
    folder: Path, capsys: pytest.CaptureFixture[str], script: str | None, exit_code: int, sentence: str
) -> None:
    if script:
        install_go(folder, script)
    assert provide.main(["--without-antrea"]) == exit_code
    told = capsys.readouterr().err
    assert sentence in told
    assert len(told.splitlines()) == 1
    assert binaries.find() is None
    assert not list(folder.glob("etcd*"))


def test_antrea_s_file_is_kept_beside_the_programs(folder: Path, tmp_path: Path) -> None:
    make_programs(folder)
    module = tmp_path / "module"
    (module / antrea.FILE_IN_MODULE).parent.mkdir(parents=True)
    (module / antrea.FILE_IN_MODULE).write_text("kind: CustomResourceDefinition\n")
    install_go(folder, f"print({json.dumps(json.dumps({'Dir': str(module)}))})")
    assert provide.main([]) == 0
    assert antrea.crds_file() == antrea.cached_crds()
    assert antrea.definitions() == [{"kind": "CustomResourceDefinition"}]


def test_the_bed_is_usable_where_antrea_s_module_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_programs(folder)
    install_go(folder, GO_REFUSED)
    assert provide.main([]) == 0
    assert "stand-ins that accept anything, because the real ones cannot be had" in capsys.readouterr().out


def test_a_wrong_antrea_crds_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTREA_CRDS", str(folder / "nothing.yml"))
    with pytest.raises(FileNotFoundError, match=r"nothing\.yml"):
        antrea.definitions()


def test_without_programs_the_tests_of_the_bed_are_skipped_with_the_command_to_run(folder: Path) -> None:
    tests = Path(__file__).parent
    home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder), "PATH": ""}
    options = ["-p", "no:cacheprovider", "-m", "bed", "-rs"]
    command = [sys.executable, "-m", "pytest", *options, str(tests / "test_bed_users.py")]
    run = subprocess.run(command, env=os.environ | home, capture_output=True, text=True, cwd=tests.parent)
    assert run.returncode == 0
    assert f"the test bed is missing; provide it with: {binaries.COMMAND}" in run.stdout
    assert " skipped" in run.stdout
    assert " passed" not in run.stdout


def test_it_runs_as_a_script(folder: Path) -> None:
    make_programs(folder)
    environment = os.environ | {"KUBEBUILDER_ASSETS": str(folder), "PATH": ""}
    script = Path(provide.__file__)
    command = [sys.executable, str(script), "--without-antrea"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder)
    assert (run.returncode, run.stderr) == (0, "")
    assert str(folder / "kube-apiserver") in run.stdout
