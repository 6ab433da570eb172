"""Every line of every plan of every demo: it parses in its shell, and names context, namespace and group."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest
import yaml
from packaging.version import Version

from clusters import cluster
from deployed import case_of, pod, service
from diagnostics.kube.demos import demos
from diagnostics.kube.recorded import read_demo
from diagnostics.model.antrea import AGENT_CONFIG_KEY
from diagnostics.model.case import Case
from diagnostics.model.write import Write
from diagnostics.remedies.configuration.known_settings import KNOWN_SINCE
from diagnostics.remedies.files.plan_text import plan_text
from diagnostics.remedies.offered.catalogue import REMEDIES, remedy
from diagnostics.remedies.plan.manifests import effects
from diagnostics.remedies.plan.plan import Plan, Question, Step
from diagnostics.remedies.plan.plan_script import (
    files_text,
    header,
    pasted,
    plan_script,
    proof_script,
    step_script,
    undo_script,
)
from diagnostics.remedies.plan.shells import DIALECTS, Shell, words_of
from powershell import arguments, command_line, tokens

CONTEXT = "it's prod $(touch pwned)"
CORE = {"services", "configmaps", "pods", "nodes", "namespaces", "events"}
CLUSTER_WIDE = {
    "nodes", "namespaces", "clusternetworkpolicies.crd.antrea.io", "antreaagentinfos.crd.antrea.io",
    "traceflows.crd.antrea.io", "antreaclusternetworkpolicystats.stats.antrea.io",
}  # fmt: skip
VERBS = {"get", "patch", "annotate", "delete", "apply", "create", "rollout", "logs", "config", "diff"}
SLUGS = [item.slug for item in REMEDIES]
CHECKERS = {Shell.POSIX: ["sh", "-n"], Shell.FISH: ["fish", "--no-config", "-n"]}


@cache
def plans(slug: str) -> tuple[Plan, ...]:
    """What can be followed, for a Service of each kind in each demo."""
    question = Question(allow=("203.0.113.0/24",), kube_context=CONTEXT)
    found = []
    for name in (item.name for item in demos()):
        snapshot = read_demo(name)
        for key in snapshot.service_by_key:
            plan = remedy(slug).make(Case.of(snapshot, key), question)
            if plan.applicable and plan.steps:
                found.append(plan)
    return tuple(found)


def lines_of(step: Step) -> Iterator[str]:
    yield from (*step.commands, *step.verify, *step.undo)
    yield from (line for form in step.alternatives for line in form.commands)


def all_lines(slug: str) -> dict[str, None]:
    return dict.fromkeys(line for plan in plans(slug) for step in plan.steps for line in lines_of(step))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_line_names_context_namespace_and_group(slug: str) -> None:
    for line in all_lines(slug):
        words = list(words_of(line).words)
        if words[0] == "helm":
            assert words[1:4] == ["--kube-context", CONTEXT, "-n"], line
            continue
        if words[0] != "kubectl":
            continue
        assert words[1:3] == ["--context", CONTEXT], line
        named = words[3] == "-n"
        verb, rest = (words[5], words[6:]) if named else (words[3], words[4:])
        assert verb in VERBS, line
        if verb == "rollout":
            rest = rest[1:]
        if verb in ("get", "patch", "annotate", "delete", "rollout"):
            resource = rest[0]
            assert "." in resource or resource in CORE, f"{line}: a resource without its group"
            assert named or resource in CLUSTER_WIDE or "-A" in rest, f"{line}: no namespace"
        if verb == "logs":
            assert named, line


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("shell", CHECKERS)
def test_every_script_parses_in_its_shell(slug: str, shell: Shell) -> None:
    checker = CHECKERS[shell]
    if not shutil.which(checker[0]):
        pytest.skip(f"{checker[0]} is not installed")
    texts = dict.fromkeys(
        text
        for plan in plans(slug)
        for text in (plan_script(plan, shell), *(copied for step in plan.steps for copied in copies(plan, step, shell)))
    )
    for text in texts:
        ran = subprocess.run(checker, input=text, text=True, capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, ""), text


def copies(plan: Plan, step: Step, shell: Shell) -> Iterator[str]:
    for text in (step_script(step, shell), proof_script(step, shell), undo_script(step, shell), files_text(step)):
        yield pasted(plan, text)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_line_reaches_a_program_through_powershell_word_by_word(slug: str) -> None:
    for line in all_lines(slug):
        found = words_of(line)
        text = DIALECTS[Shell.POWERSHELL].command(line)
        if found.into:
            text = text.removeprefix("[Console]::OutputEncoding = [Text.Encoding]::UTF8; ").rpartition(" | ")[0]
        if text.startswith("& {"):
            text = text.removeprefix("& { $PSNativeCommandArgumentPassing = 'Legacy'; ").removesuffix(" }")
        for newer in (True, False):
            assert arguments(command_line(tokens(text), doubles_last_backslashes=newer)) == list(found.words)


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_copied_says_first_where_it_belongs_and_ends_without_newline(slug: str) -> None:
    for plan in plans(slug):
        first = header(plan)
        assert plan.cluster in first
        assert "context 'it'\"'\"'s prod $(touch pwned)'" in first, "quoted: an interactive zsh runs pasted comments"
        for shell in Shell:
            for text in (plan_script(plan, shell), plan_text(plan, shell)):
                assert not text.endswith("\n")
            assert plan_script(plan, shell).splitlines()[0] == first
            for step in plan.steps:
                for text in filter(None, copies(plan, step, shell)):
                    assert text.splitlines()[0] == first
                    assert not text.endswith("\n")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("release", ["v1.8.0", "v1.12.0", "v1.13.0", "v2.1.0", "v2.2.0", "v2.7.0"])
def test_plans_write_only_what_the_release_knows(slug: str, release: str) -> None:
    version = Version(release.removeprefix("v"))
    clusters = (cluster(version=release), cluster(version=release, kube_proxy=None))
    for snapshot, kind in product(clusters, ("NodePort", "LoadBalancer")):
        case = case_of(snapshot, service((pod(1), pod(2)), kind=kind, external_ips=()))
        plan = remedy(slug).make(case, Question(allow=("203.0.113.0/24",), kube_context=CONTEXT))
        for write in (write for step in plan.steps for write in effects(step) if isinstance(write, Write)):
            if write.group == "crd.antrea.io":
                assert write.api_version.endswith("/v1beta1") == (version >= Version("1.13")), write.kind
                assert "'except'" not in str(write.body) or version >= Version("2.2")
            if write.kind == "ConfigMap" and AGENT_CONFIG_KEY in (write.body or {}).get("data", {}):
                now = settings_of(snapshot.config_maps[0].data[AGENT_CONFIG_KEY])
                then = settings_of((write.body or {})["data"][AGENT_CONFIG_KEY])
                changed = {name for name in KNOWN_SINCE if now[name] != then[name]}
                assert changed
                assert all(KNOWN_SINCE[name] <= version for name in changed)


def settings_of(text: str) -> dict[str, object]:
    """The keys that plans may write, as they stand in a configuration."""
    values = yaml.safe_load(text)
    found = {}
    for name in KNOWN_SINCE:
        parent, _, key = name.rpartition(".")
        found[name] = ((values.get(parent) or {}) if parent else values).get(key)
    return found
