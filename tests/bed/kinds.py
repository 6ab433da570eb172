"""Which kinds a server knows and under which path each is reached, as its discovery tells."""

from dataclasses import dataclass

from bed.api import Api

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True)
class Kind:
    """One kind of objects in one API version."""

    root: str  # /api/v1 or /apis/<group>/<version>
    plural: str
    namespaced: bool
    has_status: bool  # whether status is written through a sub-resource

    def collection(self, namespace: str | None = None) -> str:
        """The path of all objects, or of those in a namespace."""
        within = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{self.root}{within}/{self.plural}"


def read_kinds(api: Api) -> dict[tuple[str, str], Kind]:
    """All kinds by (apiVersion, kind), in two requests."""
    kinds = {}
    for entry in ("/api", "/apis"):
        for group in api.get(entry, accept=AGGREGATED)["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                api_version = f"{name}/{version['version']}" if name else version["version"]
                for resource in version.get("resources", []):
                    kinds[api_version, resource["responseKind"]["kind"]] = Kind(
                        root=f"{entry}/{api_version}",
                        plural=resource["resource"],
                        namespaced=resource["scope"] == "Namespaced",
                        has_status=any(each["subresource"] == "status" for each in resource.get("subresources", [])),
                    )
    return kinds
