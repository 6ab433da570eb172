"""Which Pods are asked for: those behind one Service, or all of a namespace."""

from dataclasses import replace

from diagnostics.kube.reading import Part, read_list
from diagnostics.kube.together import Get, Task
from diagnostics.model.snapshot import Gap, Reason, Snapshot, Source

PODS_BY_NAME_AT_MOST = 2


def all_pods(namespace: str) -> Task:
    """Every Pod of a namespace."""
    return lambda get: read_list(get, Source.PODS, namespace)


def backend_pods(snapshot: Snapshot, service_key: str) -> Task:
    """The Pods behind a Service: by its selector, else the few that its EndpointSlices name."""
    service = snapshot.service_by_key[service_key]
    namespace = service.metadata.namespace
    selector = ",".join(f"{key}={value}" for key, value in sorted(service.spec.selector.items()))
    names = sorted(
        {
            endpoint.target_ref.name
            for endpoint_slice in snapshot.slices_by_service.get(service_key, ())
            for endpoint in endpoint_slice.endpoints
            if endpoint.target_ref and endpoint.target_ref.kind == "Pod"
        }
    )

    def task(get: Get) -> Part:
        if selector and service.spec.type != "ExternalName":
            return read_list(get, Source.PODS, namespace, query={"labelSelector": selector})
        whole = Part(Source.PODS, reads=frozenset({(Source.PODS, namespace)}))
        for name in names[:PODS_BY_NAME_AT_MOST]:
            one = read_list(get, Source.PODS, namespace, query={"fieldSelector": f"metadata.name={name}"})
            whole = replace(
                whole, items=whole.items + one.items, reads=whole.reads & one.reads, gaps=whole.gaps + one.gaps
            )
        if len(names) > PODS_BY_NAME_AT_MOST:
            detail = f"Service {service_key} has no selector and {len(names)} Pods; {PODS_BY_NAME_AT_MOST} were read."
            whole = replace(
                whole, gaps=(*whole.gaps, Gap(Source.PODS, Reason.NOT_READ, detail, namespace, partial=True))
            )
        return whole

    return task
