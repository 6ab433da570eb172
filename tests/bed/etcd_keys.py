"""The contents of the bed's etcd: remembered once after the start, brought back between tests.

A wipe through the Kubernetes API would have to imitate the namespace controller, finalizers and graceful deletion. In
etcd it is one transaction; the API server learns of it through its own watches, as it does of any other change.
"""

import base64
import json
from dataclasses import dataclass, replace
from typing import Any

import urllib3

ALL_KEYS = {"key": "/registry/", "range_end": "/registry0"}
OWN_AFFAIRS = ("/registry/masterleases/", "/registry/leases/", "/registry/apiregistration.k8s.io/")
"""Prefixes of keys that the API server itself keeps renewing, whatever the tests do."""
MOST_CHANGES_AT_ONCE = 2000  # keeps a transaction below etcd's limit of the size of a request


@dataclass(frozen=True)
class Entry:
    """A key's value, in base64 as etcd tells it, and the revision that wrote it."""

    value: str
    revision: str


class EtcdKeys:
    """The keys of one etcd, spoken to through its JSON gateway."""

    def __init__(self, url: str) -> None:
        self._pool = urllib3.connection_from_url(url, timeout=60, retries=False)
        self._remembered: dict[str, Entry] = {}

    def remember(self) -> None:
        """Take the present contents as those to come back to."""
        self._remembered = self._read()

    def wipe(self) -> int:
        """Bring back the remembered contents; how many keys had to be changed."""
        present = self._read(keys_only=True)
        made = [{"request_delete_range": {"key": key}} for key in present.keys() - self._remembered.keys()]
        nothing = Entry("", "")
        spoilt = [key for key, was in self._remembered.items() if present.get(key, nothing).revision != was.revision]
        restored = [{"request_put": {"key": key, "value": self._remembered[key].value}} for key in spoilt]
        revision = self._change(made + restored)
        for key in spoilt:
            self._remembered[key] = replace(self._remembered[key], revision=revision)
        if revision:
            # The changes share a revision, so a watch cache that saw the first of them would pass for current.
            # One more revision makes every consistent read wait for all of them.
            self._post("/v3/kv/put", {"key": _encode("/bed/wiped")})
        return len(made) + len(restored)

    def put(self, values: dict[str, bytes]) -> None:
        """Write these keys in one transaction, which etcd limits to 1.5 MB."""
        puts = [
            {"request_put": {"key": _encode(key), "value": base64.b64encode(value).decode()}}
            for key, value in values.items()
        ]
        self._change(puts)

    def _read(self, keys_only: bool = False) -> dict[str, Entry]:
        question = {name: _encode(value) for name, value in ALL_KEYS.items()} | {"keys_only": keys_only}
        entries = self._post("/v3/kv/range", question).get("kvs", [])
        return {
            each["key"]: Entry(each.get("value", ""), each["mod_revision"])
            for each in entries
            if not base64.b64decode(each["key"]).decode().startswith(OWN_AFFAIRS)
        }

    def _change(self, changes: list[dict[str, Any]]) -> str:
        revision = ""
        for start in range(0, len(changes), MOST_CHANGES_AT_ONCE):
            part = changes[start : start + MOST_CHANGES_AT_ONCE]
            revision = self._post("/v3/kv/txn", {"success": part})["header"]["revision"]
        return revision

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._pool.request("POST", path, body=json.dumps(body).encode())
        decoded: dict[str, Any] = json.loads(answer.data)
        if answer.status != 200:
            raise RuntimeError(f"etcd answers {answer.status}: {decoded.get('message', decoded)}")
        return decoded


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
