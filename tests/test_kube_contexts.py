"""Every kubeconfig gives contexts, or one clear word on what is wrong and what to do next."""

import base64
import json
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from diagnostics.kube import contexts as contexts_module
from diagnostics.kube.contexts import Context, Contexts, choose, read_contexts
from diagnostics.kube.credentials import Headers, load_configuration
from diagnostics.kube.live import LiveCluster, Wish
from diagnostics.kube.rbac import RULES, rbac_yaml
from diagnostics.kube.trouble import ConnectionTrouble, ContextError, Trouble
from diagnostics.kube.yaml_values import yaml_documents
from diagnostics.model.text import UNSAFE

USUAL: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "lab",
    "clusters": [{"name": "lab", "cluster": {"server": "https://user:pw@lab.example.com:6443/k8s?x=1"}}],
    "users": [{"name": "jane", "user": {"token": "canary"}}],
    "contexts": [
        {"name": "lab", "context": {"cluster": "lab", "user": "jane", "namespace": "shop"}},
        {"name": "lab-admin", "context": {"cluster": "lab", "user": "jane"}},
    ],
}


def config(**changes: Any) -> str:
    values = {key.replace("_", "-"): value for key, value in {**spelled(USUAL), **changes}.items()}
    return json.dumps(values, ensure_ascii=False)


def spelled(values: dict[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in values.items()}


@pytest.fixture(autouse=True)
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def make(text: str | bytes, name: str = "config") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return make


def test_the_usual_kubeconfig(write: Callable[..., str]) -> None:
    path = write(config())
    found = read_contexts(path)
    assert found.files == (path,)
    assert found.notes == ()
    assert found.contexts[0] == Context(
        name="lab",
        key="lab",
        cluster="lab",
        server="https://lab.example.com:6443/k8s",
        user="jane",
        namespace="shop",
        current=True,
        file=path,
    )
    assert choose(found) == found.current == found.contexts[0]
    assert choose(found, "lab-admin") == found.contexts[1]


def test_no_kubeconfig_at_all_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = read_contexts()
    assert found.contexts == ()
    assert found.why_none == f"There is no kubeconfig: {tmp_path / 'home' / '.kube' / 'config'} does not exist."
    with pytest.raises(ContextError, match=r"There is nothing to connect to.*--kubeconfig or KUBECONFIG.*--demo"):
        choose(found)
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "a"), "", str(tmp_path / "b")]))
    assert "a, " in read_contexts().why_none


def test_in_a_pod_its_service_account_is_the_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts_module, "SERVICE_ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    assert read_contexts().contexts == ()
    (tmp_path / "token").write_text("canary")
    (tmp_path / "namespace").write_text("tools\n")
    found = choose(read_contexts())
    assert (found.name, found.server, found.namespace) == ("in-cluster", "https://[fd00::1]:443", "tools")


ODD: list[tuple[str | bytes, str, str]] = [
    ("", "", "is empty"),
    ("\n# nothing\n", "", "is empty"),
    ("- a\n- b\n", "", "is a list, not a map"),
    ("just text", "", "is a single value, not a map"),
    ("a: [1\nb: 2", "", "is not YAML. Line 2:"),
    ("clusters:\n\t- x", "", "is not YAML. Line 2: found "),
    (b"\xff\xfe\x00", "", "is not UTF-8 text"),
    ("a: &a [*a]", "", "is not YAML"),
    (config(contexts={"name": "x"}), "", "contexts is not a list"),
    (config(current_context=None), "", "No context is current. There are: lab, lab-admin. Choose one with --context."),
    (config(current_context="lba"), "", "There is no context lba, which the kubeconfig names as current. Near it: "),
    (config(), "labadmin", "There is no context labadmin. Near it: lab-admin, lab. Choose one"),
    (config(), "zzz", "There is no context zzz. There are: lab, lab-admin."),
    (config(contexts=[]), "", "There is nothing to connect to. The kubeconfig"),
    (config(contexts=None, clusters=None, users=None), "", "names no contexts"),
    (config(clusters=[]), "", "Context lab cannot be used. It names cluster lab, which the kubeconfig does not have."),
    (config(users=[]), "", "It names user jane, whom the kubeconfig does not have."),
    (config(contexts=[{"name": "lab"}]), "", "It names no cluster."),
    (config(contexts=[{"name": "lab", "context": "x"}]), "", "It names no cluster."),
    (config(clusters=[{"name": "lab", "cluster": {}}]), "", "Cluster lab has no server."),
    (config(clusters=[{"name": "lab", "cluster": None}]), "", "Cluster lab has no server."),
    (config(clusters=[{"name": "lab", "cluster": {"server": "https://x", "certificate-authority-data": "abc"}}]), "",
     "not base64"),
    (config(clusters=[{"name": "lab", "cluster": {"server": "https://x", "proxy-url": "gopher://u:pw@p:1"}}]), "",
     "The proxy gopher://p:1 cannot be used."),
    (config(clusters=[{"name": "lab", "cluster": {"server": "https://x", "certificate-authority-data": "eA=="}}]), "",
     "The certificate authority of cluster lab cannot be used"),
    (config(clusters=[{"name": "lab", "cluster": {"server": "https://x", "certificate-authority": "/no/ca"}}]), "",
     "File does not exist: /no/ca"),
    (config(users=[{"name": "jane", "user": {"client-certificate": "/no/cert", "client-key": "/no/key"}}]), "",
     "File does not exist: /no/cert"),
    (config(users=[{"name": "jane", "user": {"tokenFile": "/no/token"}}]), "", "No such file or directory"),
    (config(contexts=[{"context": {}}, "x", None, {"name": None}]), "", "names no contexts"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted", "said"), ODD)
def test_an_odd_kubeconfig_is_named_with_what_to_do(
    write: Callable[..., str], text: str | bytes, wanted: str, said: str
) -> None:
    with pytest.raises(ContextError) as caught:
        LiveCluster.open(Wish(kubeconfig=write(text), context=wanted))
    message = str(caught.value)
    assert said in message
    assert caught.value.next_step
    assert "canary" not in message
    assert "\n" not in message
    assert not UNSAFE.search(message)


def test_places_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(ContextError, match=r"gone does not exist. Check --kubeconfig"):
        read_contexts(str(tmp_path / "gone"))
    with pytest.raises(ContextError, match="is not a file"):
        read_contexts(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ContextError, match="pipe is not a file"):
        read_contexts(str(tmp_path / "pipe"))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ContextError):
        read_contexts(str(tmp_path / "loop"))
    if os.geteuid() != 0:
        (tmp_path / "secret").touch(mode=0)
        with pytest.raises(ContextError, match=r"secret cannot be read. Permission denied"):
            read_contexts(str(tmp_path / "secret"))


def test_of_several_files_the_first_word_counts_and_bad_ones_are_noted(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(config(current_context=None, users=[], clusters=[], contexts=USUAL["contexts"][:1]), "first")
    second = write(
        config(
            current_context="there",
            contexts=[
                {"name": "lab", "context": {"cluster": "another"}},
                {"name": "there", "context": {"cluster": "lab", "user": "jane"}},
            ],
        ),
        "second",
    )
    third = write(config(current_context="lab"), "third")
    empty, bad = write("", "empty"), write("[1", "bad")
    paths = [str(tmp_path / "missing"), first, empty, bad, second, second, third]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(paths))
    found = read_contexts()
    assert found.files == (first, second, third)
    assert [context.name for context in found.contexts] == ["lab", "there", "lab-admin"]
    assert found.contexts[0].file == first
    assert found.contexts[0].cluster == "lab"
    assert found.current is not None
    assert found.current.name == "there"
    assert [("empty" in note, "not YAML" in note) for note in found.notes] == [(True, False), (False, True)]
    assert load_configuration(choose(found), found.files).api_key == {"BearerToken": "Bearer canary"}


@pytest.mark.parametrize(
    "name", ["a b", 'qu"ote', "$(touch x)", "line\nbreak", "\x1b]52;c;eA==\x07", "日本 🙂", "-n", "1"]
)
def test_names_are_shown_harmless_and_used_as_they_are(write: Callable[..., str], name: str) -> None:
    listed = [{"name": name, "context": {"cluster": "lab", "user": "jane", "namespace": name}}]
    found = read_contexts(write(config(current_context=name, contexts=listed)))
    assert choose(found).key == name
    assert choose(found, name).name == " ".join(UNSAFE.sub("\N{REPLACEMENT CHARACTER}", name).split())
    assert load_configuration(choose(found), found.files).host.startswith("https://user:pw@lab")


@pytest.mark.parametrize("change", [lambda text: f"\ufeff{text}", lambda text: text.replace(",", ",\r\n")])
def test_byte_order_marks_and_windows_line_ends_do_no_harm(
    write: Callable[..., str], change: Callable[[str], str]
) -> None:
    found = read_contexts(write(change(config())))
    assert load_configuration(choose(found), found.files).host.startswith("https://")


def test_certificates_are_found_beside_the_kubeconfig(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(trustme.CA().cert_pem.bytes(), "ca.pem")
    cluster = {"server": "https://lab", "certificate-authority": "ca.pem"}
    found = read_contexts(write(config(clusters=[{"name": "lab", "cluster": cluster}])))
    monkeypatch.chdir("/")
    assert load_configuration(choose(found), found.files).ssl_ca_cert == str(tmp_path / "ca.pem")


def test_a_thousand_contexts_are_few(write: Callable[..., str]) -> None:
    many = [{"name": f"c{number}", "context": {"cluster": "lab", "user": "jane"}} for number in range(1000)]
    found = read_contexts(write(config(current_context="c999", contexts=many)))
    assert choose(found).name == "c999"
    with pytest.raises(ContextError, match="There are: c0, c1, c2, c3, c4 and 995 more"):
        choose(found, "zzz")


def plugin(folder: Path, body: str, **more: Any) -> str:
    program = folder / "login"
    program.write_text(f"#!{sys.executable}\n{body}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    login = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), "args": [], **more}
    return config(users=[{"name": "jane", "user": {"exec": login}}])


GIVES = """
import json, pathlib, time
calls = pathlib.Path(__file__).with_name("calls")
calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
status = {"token": "fresh-" + calls.read_text(), "expirationTimestamp": "2020-01-01T00:00:00Z"}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""

PLUGINS = [
    ("import sys; sys.exit('please log in \\x1b[31m first')", {}, "please log in"),
    ("print('junk')", {}, "failed to decode process output"),
    ("print('{}')", {}, "malformed response"),
    ("print()", {"command": "/no/such/program"}, "No such file or directory"),
    ("print()", {"command": "/no/such/program", "installHint": "Get it from example.com."}, "Get it from example.com."),
    (GIVES, {"apiVersion": "client.authentication.k8s.io/v1beta1"}, "does not match"),
]


@pytest.mark.parametrize(("body", "more", "said"), PLUGINS)
def test_a_login_program_that_fails_is_named_with_what_it_said(
    write: Callable[..., str], tmp_path: Path, body: str, more: dict[str, str], said: str, capfd: Any
) -> None:
    path = write(plugin(tmp_path, body, **more))
    with pytest.raises(Trouble) as caught:
        LiveCluster.open(Wish(kubeconfig=path))
    assert "of user jane gave no credentials" in str(caught.value)
    assert said in str(caught.value)
    assert not UNSAFE.search(str(caught.value))
    assert capfd.readouterr() == ("", "")


def test_threads_run_the_login_program_one_after_the_other(write: Callable[..., str], tmp_path: Path) -> None:
    found = read_contexts(write(plugin(tmp_path, GIVES)))
    context = choose(found)
    headers = Headers(load_configuration(context, found.files), context)
    tokens: list[str] = []
    threads = [threading.Thread(target=lambda: tokens.append(dict(headers.fresh())["Authorization"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(tokens) == [f"Bearer fresh-{'x' * calls}" for calls in (2, 3, 4, 5)]


def test_a_login_that_runs_out_while_at_work_is_said(write: Callable[..., str], tmp_path: Path) -> None:
    found = read_contexts(write(plugin(tmp_path, GIVES)))
    context = choose(found)
    headers = Headers(load_configuration(context, found.files), context)
    (tmp_path / "login").unlink()
    with pytest.raises(ConnectionTrouble, match=r"gave no credentials.*Log in again"):
        headers.fresh()


@pytest.mark.parametrize(
    ("user", "groups", "said"), [("", ("ops",), "--as-group needs --as"), ("a\nb", (), "ASCII"), ("a", ("ü",), "ASCII")]
)
def test_impossible_names_for_somebody_else_are_refused(
    write: Callable[..., str], user: str, groups: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ContextError, match=said):
        LiveCluster.open(Wish(kubeconfig=write(config()), as_user=user, as_groups=groups))


def test_broken_base64_in_a_certificate_of_the_user(write: Callable[..., str]) -> None:
    user = {"client-certificate-data": base64.b64encode(b"x").decode()[:-2], "client-key-data": "eA=="}
    with pytest.raises(ContextError, match="not base64"):
        LiveCluster.open(Wish(kubeconfig=write(config(users=[{"name": "jane", "user": user}]))))


def test_a_current_context_with_trouble_is_still_listed() -> None:
    context = Context(name="x", key="x", current=True, trouble="It names no cluster.")
    found = Contexts((context,), wanted="x")
    assert found.current is context
    with pytest.raises(ContextError, match=r"Context x cannot be used. It names no cluster. Repair"):
        choose(found)


def test_the_printed_role_holds_the_rules_and_only_reads() -> None:
    (role,) = yaml_documents(rbac_yaml())
    assert (role["kind"], role["metadata"]["name"]) == ("ClusterRole", "antrea-doctor")
    assert len(role["rules"]) == len(RULES)
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"get", "list", "watch"}
    assert not {"secrets", "pods/exec", "nodes/proxy", "*"} & {
        name for rule in role["rules"] for name in rule["resources"]
    }
    (config_maps,) = [rule for rule in role["rules"] if "configmaps" in rule["resources"]]
    assert config_maps["resourceNames"] == ["antrea-config", "antrea-windows-config", "kube-proxy", "kube-proxy-config"]
