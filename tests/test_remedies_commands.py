"""Commands reach exactly the objects they name, whatever the names look like."""

import shlex

import pytest
import yaml

from diagnostics.remedies.plan.commands import Kubectl, Resource, UnsafeValueError, helm_upgrade, helm_values
from diagnostics.remedies.plan.manifests import content_of, manifest

KUBECTL = Kubectl("prod")
NAMESPACED = (
    KUBECTL.get(Resource.CONFIG_MAPS, "antrea-config", "kube-system", output="yaml", into="antrea-config.bak.yaml"),
    KUBECTL.patch(Resource.CONFIG_MAPS, "antrea-config", "kube-system", "antrea-config.patch.yaml"),
    KUBECTL.annotate(Resource.SERVICES, "web", "kube-system", "service.antrea.io/load-balancer-mode", "dsr"),
    KUBECTL.annotate(Resource.SERVICES, "web", "kube-system", "service.antrea.io/load-balancer-mode", None),
    KUBECTL.dry_run("policy.yaml", "kube-system"),
    KUBECTL.apply("policy.yaml", "kube-system"),
    KUBECTL.delete(Resource.NETWORK_POLICIES, "doctor-web", "kube-system"),
    KUBECTL.rollout_restart("antrea-agent", "kube-system"),
    KUBECTL.rollout_status("antrea-agent", "kube-system"),
)
HOSTILE = ("it's", '"quoted"', "$(reboot)", "`reboot`", "a; reboot", "a && reboot", "a|b", "a > b", "*", "~root", "ä b")
UNWRITABLE = ("two\nlines", "tab\there", "esc\x1b[2J", "null\x00", "rtl\u202e", "zero\u200bwidth", "lost\ufffd")


@pytest.mark.parametrize("command", NAMESPACED)
def test_every_command_names_context_and_namespace_and_ends_without_newline(command: str) -> None:
    words = shlex.split(command)
    assert words[:5] == ["kubectl", "--context", "prod", "-n", "kube-system"]
    assert not command.endswith("\n")


def test_an_unknown_context_is_left_out_rather_than_guessed() -> None:
    assert "--context" not in Kubectl().get(Resource.SERVICES, "web", "shop", output="yaml")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_context_stays_one_word(name: str) -> None:
    words = shlex.split(Kubectl(name).get(Resource.SERVICES, "web", "shop", output="yaml"))
    assert words == ["kubectl", "--context", name, "-n", "shop", "get", "services", "web", "-o", "yaml"]


@pytest.mark.parametrize("name", UNWRITABLE)
def test_a_name_that_cannot_be_written_is_refused_not_changed(name: str) -> None:
    with pytest.raises(UnsafeValueError) as refusal:
        Kubectl(name).get(Resource.SERVICES, "web", "shop", output="yaml")
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("name", ["--all", "-n", "..", "", "pod/web", "50%"])
def test_a_name_that_kubectl_would_read_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(UnsafeValueError):
        KUBECTL.delete(Resource.SERVICES, name, "shop")


def test_helm_commands_name_context_and_namespace_and_keep_other_values() -> None:
    words = shlex.split(helm_upgrade("prod", "kube-system", "antrea", "2.7.0", settings=("antreaProxy.proxyAll=true",)))
    assert words[:5] == ["helm", "--kube-context", "prod", "-n", "kube-system"]
    assert "--reuse-values" in words
    assert words[-2:] == ["--set", "antreaProxy.proxyAll=true"]
    assert words[words.index("--version") + 1] == "2.7.0"
    assert shlex.split(helm_values("", "kube-system", "my release", "values.yaml"))[:3] == ["helm", "-n", "kube-system"]


@pytest.mark.parametrize(
    "value", ["on", "y", "N", "null", "1e3", "012", "1:30", "2026-01-01", "0x1F", "- a", "{a}", "#c"]
)
def test_a_text_stays_a_text_in_a_manifest(value: str) -> None:
    item = manifest("policy.yaml", {"kind": "NetworkPolicy", "labels": {value: value}, "last": "end"})
    assert content_of(item)["labels"] == {value: value}
    written = item.yaml.splitlines()[2]
    assert written.count('"') == 4 or written.count("'") == 4, "kubectl's YAML reads more words as numbers and booleans"


@pytest.mark.parametrize(
    "text", ["a: 1\n", "a: 1\n\n\n", "  indented\nb\n", "trailing \nb\n", "tab\tx\n", "no end\nx", "x\r\ny\r\n"]
)
def test_a_file_inside_a_manifest_keeps_every_character(text: str) -> None:
    item = manifest("patch.yaml", {"data": {"antrea-agent.conf": text}, "metadata": {"name": "antrea-config"}})
    assert yaml.safe_load(item.yaml)["data"]["antrea-agent.conf"] == text
    assert not item.yaml.endswith("\n")
