"""Makes the Service addresses of a recorded cluster allocatable in a server whose own ranges are others."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from bed.api import Api, Object

NOT_YET_ALLOCATABLE = ("does not match the current range", "is not in the valid range")
"""Words of the server's about a Service address until it has taken up the range that holds it."""

PREFIX_LENGTH = {4: 16, 6: 112}
"""How much is opened around an address that no range holds."""


def range_objects(api: Api, objects: Iterable[Object]) -> list[Object]:
    """ServiceCIDR objects for those clusterIPs of the Services that are in no range of the server yet."""
    wanted = sorted({str(each) for each in _addresses(objects)})
    if not wanted:
        return []
    there = api.get("/apis/networking.k8s.io/v1/servicecidrs")["items"]
    known = [ip_network(cidr) for each in there for cidr in each["spec"]["cidrs"]]
    made = []
    for address in map(ip_address, wanted):
        if not any(address in each for each in known):
            known.append(ip_network(f"{address}/{PREFIX_LENGTH[address.version]}", strict=False))
            made.append(known[-1])
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "ServiceCIDR",
            "metadata": {"name": f"recorded-{re.sub('[.:/]', '-', str(each))}"},
            "spec": {"cidrs": [str(each)]},
        }
        for each in made
    ]


def _addresses(objects: Iterable[Object]) -> Iterable[IPv4Address | IPv6Address]:
    for each in objects:
        if each["kind"] == "Service":
            spec = each.get("spec", {})
            for text in {spec.get("clusterIP"), *(spec.get("clusterIPs") or [])} - {None, "", "None"}:
                yield ip_address(text)
