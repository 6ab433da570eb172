"""Recorded clusters inside the bed's real API server, and the app's request for a kubeconfig."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bed import objects
from bed.breaking_proxy import BreakingProxy
from bed.control_plane import ControlPlane
from bed.users import Users
from diagnostics.kube.demos import demo_objects
from tui.request import AppRequest, ConnectionOptions


def recorded_objects(name: str) -> list[dict[str, Any]]:
    """The objects of a demo as of this moment, but the Service of the API server, which each server makes itself."""
    own = ("Service", "kubernetes")
    return [_now(item) for item in demo_objects(name) if (item["kind"], item["metadata"]["name"]) != own]


def app_on(kubeconfig: Path, *, service: str | None = None, **connection: Any) -> AppRequest:
    """The app as started with `--kubeconfig`, and perhaps the name of a Service."""
    return AppRequest(connection=ConnectionOptions(kubeconfig=str(kubeconfig), **connection), service=service)


def kubeconfig_of(path: Path, contexts: Mapping[str, Path]) -> Path:
    """One kubeconfig whose contexts, by name, are the current ones of other kubeconfigs; the first is current."""
    merged: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for name, original in contexts.items():
        one = json.loads(original.read_text())  # JSON is what the bed writes
        inside = {**one["contexts"][0]["context"], "cluster": name, "user": name}
        merged["contexts"].append({"name": name, "context": inside})
        merged["clusters"].append({**one["clusters"][0], "name": name})
        merged["users"].append({**one["users"][0], "name": name})
    path.write_text(json.dumps({**merged, "current-context": next(iter(contexts))}))
    return path


@dataclass(frozen=True)
class SeededBed:
    """A server with a recorded cluster in it for many tests that change nothing."""

    users: Users
    proxy: BreakingProxy
    kubeconfig: Path
    through_proxy: Path


@contextmanager
def seeded_bed(plane: ControlPlane, folder: Path, name: str = "seed") -> Iterator[SeededBed]:
    """Loads it once. Not to be mixed in one module with the fixture `cluster`, which wipes."""
    plane.wipe()
    objects.load(plane.api, recorded_objects(name))
    users = Users(plane.api, folder)
    admin = users.admin().kubeconfig
    with BreakingProxy(plane.url, plane.ca, plane.ca_file) as proxy:
        yield SeededBed(users, proxy, admin, proxy.kubeconfig(admin, folder))


def _now(item: dict[str, Any]) -> dict[str, Any]:
    """Agents that reported just now: on a live cluster old heartbeats are a finding of their own."""
    if item["kind"] != "AntreaAgentInfo":
        return item
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**item, "agentConditions": [{**each, "lastHeartbeatTime": now} for each in item["agentConditions"]]}
