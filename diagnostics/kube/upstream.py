"""Policies of policy.networking.k8s.io: one question whether the server has such kinds, then those that it has.

Most clusters have none, and then one request settles all three kinds.
"""

import msgspec

from diagnostics.kube.failures import Failure
from diagnostics.kube.harmless import harmless
from diagnostics.kube.kinds import KINDS, UPSTREAM_GROUP
from diagnostics.kube.reading import Part, read_list
from diagnostics.kube.together import Get
from diagnostics.model.snapshot import Gap, Reason, Source

UPSTREAM = (Source.ADMIN_POLICIES, Source.BASELINE_ADMIN_POLICIES, Source.UPSTREAM_CLUSTER_POLICIES)
_NOT_FOUND = 404


class _Version(msgspec.Struct):
    version: str = ""


class _Group(msgspec.Struct):
    versions: list[_Version] = msgspec.field(default_factory=list)


def read_upstream(get: Get) -> tuple[Part, ...]:
    """One Part for each kind; a kind that the server does not have is read, and there is none of it.

    Raises ConnectionTrouble when the server is of no use.
    """
    body = get(f"/apis/{UPSTREAM_GROUP}")
    if isinstance(body, Failure):
        if body.fatal:
            raise body.trouble
        if body.status == _NOT_FOUND:
            return tuple(_none_of(source) for source in UPSTREAM)
        return _unread(body)
    try:
        group = msgspec.json.decode(harmless(body), type=_Group)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _unread(Failure(Reason.NOT_UNDERSTOOD, f"The list of versions of {UPSTREAM_GROUP} was not understood."))
    served = {item.version for item in group.versions}
    return tuple(read_list(get, source) if KINDS[source].version in served else _none_of(source) for source in UPSTREAM)


def _none_of(source: Source) -> Part:
    return Part(source, reads=frozenset({(source, "")}))


def _unread(failure: Failure) -> tuple[Part, ...]:
    detail = f"Whether the server has such kinds could not be asked. {failure.sentence}"
    return tuple(Part(source, gaps=(Gap(source, failure.reason, detail),), failure=failure) for source in UPSTREAM)
