"""All remedies, in the order in which they are offered."""

from diagnostics.remedies.offered.dsr_trial import TEST_DSR
from diagnostics.remedies.offered.enable_proxy_all import ENABLE_PROXY_ALL
from diagnostics.remedies.offered.guard_nodeport import GUARD_NODEPORT
from diagnostics.remedies.offered.local_policy import LOCAL_POLICY
from diagnostics.remedies.offered.mend_annotation import MEND_ANNOTATION
from diagnostics.remedies.offered.mend_policy import MEND_POLICY
from diagnostics.remedies.offered.remove_kube_proxy import REMOVE_KUBE_PROXY
from diagnostics.remedies.offered.to_load_balancer import TO_LOAD_BALANCER
from diagnostics.remedies.offered.use_dsr import USE_DSR
from diagnostics.remedies.plan.plan import Remedy

REMEDIES: tuple[Remedy, ...] = (
    USE_DSR,
    TEST_DSR,
    GUARD_NODEPORT,
    ENABLE_PROXY_ALL,
    REMOVE_KUBE_PROXY,
    LOCAL_POLICY,
    TO_LOAD_BALANCER,
    MEND_ANNOTATION,
    MEND_POLICY,
)


def remedy(slug: str) -> Remedy:
    """The remedy of that slug. Raises KeyError when there is none."""
    for item in REMEDIES:
        if item.slug == slug:
            return item
    raise KeyError(slug)
