"""What can be done about single findings on the policies of the Pods, each as one step; why not where it cannot.

Narrowing closes an opening that a rule never meant (AD012). A list of drops on the Service meets clients where they
are still known (AD011). Widening is half of a way and done only where a policy on the Service filters already (AD010).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.checks.evidence import listed
from diagnostics.checks.fates import ours, visible
from diagnostics.checks.policies import pod_rules, policies_of, service_rules
from diagnostics.model.case import Case
from diagnostics.model.finding import Finding, Result
from diagnostics.model.write import Verb
from diagnostics.policy.own_ranges import readable
from diagnostics.policy.ranges import AddressSet
from diagnostics.remedies.plan.commands import Kubectl, Resource
from diagnostics.remedies.plan.manifests import manifest
from diagnostics.remedies.plan.plan import Risk, Step
from diagnostics.remedies.prerequisites.cluster_ranges import families_of, shown
from diagnostics.remedies.steps.policy_edit import EditError, PolicyEdit, place_of
from diagnostics.remedies.steps.proof import api_version, object_suffix
from diagnostics.remedies.steps.service_policy import PRIORITY, TIER

DENY_FILE = "service-denies.yaml"
OTHER_WAYS = "guard-nodeport (a policy on the NodePort and the widened Pod policy together), use-dsr or local-policy"
_STATUS = 'jsonpath={.status.phase} {.status.currentNodesRealized}/{.status.desiredNodesRealized}{"\\n"}'


@dataclass(frozen=True, slots=True)
class Mend:
    """An answer to findings: the step that mends them, or why there is none here."""

    code: str
    what: str
    step: Step | None = None
    why_not: str = ""


def hidden_as(case: Case) -> AddressSet:
    """The cluster's own addresses that clients outside appear as."""
    return visible(case) & ours(case)


def narrowed(case: Case, kubectl: Kubectl, result: Result) -> Iterator[Mend]:
    """For each policy that lets everybody in by an address of the cluster: its ranges without these addresses."""
    hidden = hidden_as(case)
    for number, (title, findings) in enumerate(_by_policy(result), start=1):
        what = f"Narrow {title}"
        try:
            edit = PolicyEdit(case, title)
            for finding in findings:
                for item in finding.evidence:
                    text = item.value.partition(" except ")[0]
                    if item.object == title and AddressSet.of(readable([text])) & hidden:
                        edit.narrow(place_of(title, item.field), hidden)
        except EditError as refusal:
            yield Mend(result.code, what, why_not=f"{refusal} Leave out {shown(hidden.cidrs)} there.")
            continue
        dangers = (
            f"Everybody outside who comes in as {shown(hidden.cidrs)} today is kept out from now on. If some of them "
            f"should get in, do not do this: {OTHER_WAYS} is the way.",
            "Programs on the Nodes that use the Service come with these addresses too and are kept out; probes of the "
            "kubelet are not.",
            "A new Node brings a new address: plan again after adding Nodes.",
        )
        why = (
            f"Its range holds {shown(hidden.cidrs)}, and every client outside appears as one of these. Without them it "
            "means the Pods that it was written for."
        )
        yield Mend(result.code, what, _edited(case, kubectl, edit, what, why, dangers, f"narrowed-{number}"))


def widened(case: Case, kubectl: Kubectl, result: Result) -> Iterator[Mend]:
    """For each policy that never sees its clients: what they appear as, if a policy on the Service filters them."""
    guards = policies_of(service_rules(case))
    hidden = hidden_as(case)
    for number, (title, findings) in enumerate(_by_policy(result), start=1):
        what = f"Let {title} admit what its clients appear as"
        if not guards:
            why_not = (
                f"Its clients appear as {shown(hidden.cidrs)}, and so does everybody else: to admit that alone would "
                f"let everybody in. The way is {OTHER_WAYS}."
            )
            yield Mend(result.code, what, why_not=why_not)
            continue
        try:
            edit = PolicyEdit(case, title)
            for finding in findings:
                field = finding.evidence[0].field
                edit.widen(place_of(title, field), hidden, spare=field.endswith("except"))
        except EditError as refusal:
            yield Mend(result.code, what, why_not=f"{refusal} Add {shown(hidden.cidrs)} there.")
            continue
        dangers = (
            f"This admits every client that any Node passes on as {shown(hidden.cidrs)}: from now on only "
            f"{listed(guards)} on the Service tells clients apart. Never keep this without that policy.",
            "A new Node brings a new address: plan again after adding Nodes.",
        )
        why = f"{listed(guards)} filters clients on the Service already. This is the other half."
        yield Mend(result.code, what, _edited(case, kubectl, edit, what, why, dangers, f"widened-{number}"))


def denied_on_service(case: Case, kubectl: Kubectl, result: Result) -> Iterator[Mend]:
    """One policy on the Service that drops the clients whom rules on the Pods should keep out and never see."""
    if not result.findings:
        return
    what = f"Drop at Service {case.key} whom the Pods' rules cannot see"
    if not case.node_ports:
        why_not = f"A policy on a Service acts on NodePorts only, and it has none: {OTHER_WAYS} is the way."
        yield Mend(result.code, what, why_not=why_not)
        return
    meant = AddressSet.nothing()
    for finding in result.findings:
        meant |= _kept_out(case, finding)
    families = families_of(case.service)
    cidrs = [cidr for cidr in (meant - ours(case)).cidrs if (6 if ":" in cidr else 4) in families]
    name = f"doctor-deny-{object_suffix(case)}"
    content = {
        "apiVersion": api_version(case),
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "priority": PRIORITY,
            "tier": TIER,
            "appliedTo": [{"service": {"name": case.service.metadata.name, "namespace": case.namespace}}],
            "ingress": [
                {
                    "name": "drop-unseen",
                    "action": "Drop",
                    "enableLogging": True,
                    "from": [{"ipBlock": {"cidr": cidr}} for cidr in cidrs],
                }
            ],
        },
    }
    addresses = listed(case.external_addresses)
    partly = f"Connections to {addresses} itself are covered only in part: those sent on to another Node pass."
    yield Mend(
        result.code,
        what,
        Step(
            title=f"{what}: {listed(cidrs)}",
            why="On the Node that a client dials, a policy on the Service is compared with the client's own address.",
            commands=(kubectl.dry_run(DENY_FILE), kubectl.apply(DENY_FILE)),
            manifests=(manifest(DENY_FILE, content, Verb.APPLY),),
            verify=(kubectl.get(Resource.CLUSTER_POLICIES, name, output=_STATUS),),
            expect="Realized, with both numbers equal. Then a client of these ranges must time out at the NodePort.",
            undo=(kubectl.delete(Resource.CLUSTER_POLICIES, name),),
            risk=Risk.DISTURBS,
            dangers=(
                *((partly,) if addresses else ()),
                "The ranges are copied: when the rule on the Pods changes, plan again.",
                "Connections that are open already are not asked again.",
            ),
        ),
    )


def _kept_out(case: Case, finding: Finding) -> AddressSet:
    """The clients whom the rule of a finding of AD011 names."""
    field, value = finding.evidence[0].field, finding.evidence[0].value
    if field.endswith("except"):
        return AddressSet.of(readable(value.split(", ")))
    blocks = [
        block for rule in pod_rules(case) if finding.message.startswith(f"{rule.title} ") for block in rule.blocks
    ]
    found = AddressSet.nothing()
    for block in blocks:
        if (block.path, block.cidr) == (field, value) and block.addresses is not None:
            found |= block.addresses
    return found


def _by_policy(result: Result) -> list[tuple[str, list[Finding]]]:
    found: dict[str, list[Finding]] = {}
    for finding in result.findings:
        found.setdefault(finding.subject, []).append(finding)
    return list(found.items())


def _edited(
    case: Case, kubectl: Kubectl, edit: PolicyEdit, title: str, why: str, dangers: tuple[str, ...], file: str
) -> Step:
    meta, resource = edit.policy.metadata, edit.resource
    patch, undo = edit.patch(f"{file}.patch.yaml"), edit.undo(f"{file}.undo.yaml")
    whole = f"{meta.namespace}.{meta.name}" if meta.namespace else meta.name
    kept, then = f"{whole}.bak.yaml", f"{whole}.tried.yaml"
    return Step(
        title=title,
        why=why,
        commands=(
            kubectl.get(resource, meta.name, meta.namespace, output="yaml", into=kept),
            kubectl.try_patch(resource, meta.name, meta.namespace, patch.file_name, into=then),
            kubectl.patch(resource, meta.name, meta.namespace, patch.file_name),
        ),
        manifests=(patch,),
        diff=edit.diff,
        verify=(kubectl.get(resource, meta.name, meta.namespace, output="yaml"),),
        expect="The rules say what the change above says. The proof is a client.",
        undo=(kubectl.patch(resource, meta.name, meta.namespace, undo.file_name),),
        undo_manifests=(undo,),
        risk=Risk.DISTURBS,
        dangers=(
            *dangers,
            "Other Services with Pods that this policy selects feel it too: look at them again afterwards.",
            f"All ingress rules are written again as they were read; {kept} keeps what was there. A conflict error "
            "means that somebody changed the policy since: plan again.",
            f"Run it line by line: {then} is what the server would make of the policy. Compare it with {kept} before "
            "the last line: a field that a rule loses there is one that antrea-doctor does not know.",
        ),
    )
