"""The documents of `-o json` and `-o yaml`: the contract with other programs, field by field.

An address or name that is not there is null; a verdict that nothing decided has empty words.
"""

from collections.abc import Iterable
from typing import Any

from diagnostics.checks.check import Check
from diagnostics.datapath.front_end import front_end
from diagnostics.datapath.path import Path, Rewrite
from diagnostics.datapath.summary import reason
from diagnostics.datapath.trace import service_keeping
from diagnostics.model.case import Case
from diagnostics.model.finding import Evidence, Finding, Report, Result
from diagnostics.model.suppression import Suppression
from diagnostics.policy.judge import PolicyVerdict
from diagnostics.remedies.plan.plan import Remedy

SCHEMA_VERSION = "1"
Document = dict[str, Any]


def service_paths(case: Case, judged: Iterable[tuple[Path, PolicyVerdict]]) -> Document:
    """One Service of `path`."""
    return {
        "namespace": case.namespace,
        "name": case.service.metadata.name,
        "type": case.service.spec.type,
        "externalTrafficPolicy": case.service.external_policy if case.is_exposed else "",
        "frontEnd": front_end_document(case),
        "clientAddress": {"verdict": service_keeping(case).value, "why": reason(case)},
        "paths": [path_document(case, path, verdict) for path, verdict in judged],
    }


def front_end_document(case: Case) -> Document | None:
    """What stands before the Nodes; `arrives` is null where the cluster does not tell, no document without one."""
    found = case.once(front_end)
    if found is None:
        return None
    return {
        "provider": found.provider or None,
        "arrives": found.arrives.value if found.arrives else None,
        "told": found.told,
        "why": found.why,
        "basis": found.basis.value,
        "source": found.source or None,
        "evidence": [evidence_document(item) for item in found.evidence],
    }


def path_document(case: Case, path: Path, verdict: PolicyVerdict) -> Document:
    """One class of connections; the address of a NodePort is that of its ingress Node."""
    access = path.access
    return {
        "access": access.kind.value,
        "address": access.address or case.cluster.node_ip(path.ingress, access.family) or None,
        "port": access.port,
        "protocol": access.protocol,
        "client": {"kind": path.client.kind.value, "node": path.client.node or None, "ip": path.client.ip or None},
        "ingressNode": path.ingress or None,
        "endpoint": {
            "place": path.endpoint.place.value,
            "hostNetwork": path.endpoint.host_network,
            "node": path.endpoint.node or None,
            "addresses": list(path.endpoint.addresses),
        },
        "handler": path.handler.value,
        "outcome": path.outcome.value,
        "seenSource": {"kind": path.seen.kind.value, "ip": path.seen.ip or None, "node": path.seen.node or None},
        "rewrites": [rewrite_document(rewrite) for rewrite in path.rewrites],
        "policy": {
            "verdict": verdict.verdict.value,
            "decidedBy": verdict.decided_by,
            "ruleName": verdict.rule_name,
            "rulePath": verdict.rule_path,
            "without": verdict.without,
            "at": verdict.at,
        },
        "share": {"endpoints": path.share.endpoints, "of": path.share.of},
    }


def rewrite_document(rewrite: Rewrite) -> Document:
    """One change of an address."""
    return {
        "id": rewrite.id,
        "kind": rewrite.kind.value,
        "where": rewrite.where,
        "before": rewrite.before,
        "after": rewrite.after,
        "basis": rewrite.basis.value,
        "source": rewrite.source,
    }


def service_results(report: Report) -> Document:
    """One Service of `check`."""
    namespace, _, name = report.service.partition("/")
    return {"namespace": namespace, "name": name, "results": [row for item in report.results for row in results(item)]}


def results(result: Result) -> list[Document]:
    """One row for each finding of a check, those that are suppressed last, or one for its other verdict."""
    if not result.findings and not result.suppressed:
        return [_result(result, None, result.reason, (), None)]
    found = [(item, None) for item in result.findings] + [(item.finding, item.by) for item in result.suppressed]
    return [_result(result, item.severity.value, item.message, item.evidence, by) for item, by in found]


def _result(
    result: Result, severity: str | None, message: str, evidence: tuple[Evidence, ...], by: Suppression | None
) -> Document:
    return {
        "code": result.code,
        "slug": result.slug,
        "verdict": result.verdict.value,
        "severity": severity,
        "message": message,
        "evidence": [evidence_document(item) for item in evidence],
        "remedies": list(result.remedies),
        "suppressed": suppression_document(by) if by else None,
    }


def suppression_document(suppression: Suppression) -> Document:
    """A decision to live with a finding."""
    until = suppression.until.isoformat() if suppression.until else None
    return {"reason": suppression.reason, "until": until, "saidBy": suppression.said_by}


def evidence_document(evidence: Evidence) -> Document:
    """What `kubectl get` would show."""
    return {"object": evidence.object, "field": evidence.field, "value": evidence.value}


def finding_document(finding: Finding) -> Document:
    """A finding outside a result, as in what a plan would add."""
    return {
        "severity": finding.severity.value,
        "subject": finding.subject,
        "message": finding.message,
        "evidence": [evidence_document(item) for item in finding.evidence],
    }


def check_document(check: Check) -> Document:
    """One entry of `list-checks`."""
    return {
        "code": check.code,
        "slug": check.slug,
        "title": check.title,
        "severity": check.severity.value,
        "needs": [source.value for source in check.needs],
        "remedies": list(check.remedies),
    }


def remedy_document(remedy: Remedy) -> Document:
    """One entry of `list-remedies`."""
    return {
        "slug": remedy.slug,
        "title": remedy.title,
        "gives": remedy.gives,
        "costs": remedy.costs,
        "risk": remedy.risk.value,
        "filters": remedy.filters,
    }
