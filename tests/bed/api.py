"""A plain client of a Kubernetes API for the bed itself: one kept connection, JSON in, JSON out."""

import json
from pathlib import Path
from typing import Any

import urllib3

Object = dict[str, Any]
"""A Kubernetes object as it stands in JSON."""


class ApiError(Exception):
    """The server said no. `status` is the HTTP status; the message is the server's."""

    def __init__(self, method: str, path: str, status: int, message: str) -> None:
        super().__init__(f"{method} {path}: {status} {message}")
        self.status = status
        self.message = message


class Api:
    """Requests with one identity. Answers that are not 2xx raise ApiError, a dead server urllib3's HTTPError."""

    def __init__(self, url: str, ca_file: Path, token: str) -> None:
        self.url = url
        self.ca_file = ca_file
        self.token = token
        self._pool = urllib3.connection_from_url(
            url, ca_certs=str(ca_file), timeout=urllib3.Timeout(connect=2, read=30), retries=False
        )

    def as_user(self, token: str) -> "Api":
        """The same server with another identity."""
        return Api(self.url, self.ca_file, token)

    def get(self, path: str, accept: str = "application/json") -> Any:
        """What the server answers to a GET."""
        return self.send("GET", path, accept=accept)

    def send(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Any:
        """Send one request and return the decoded answer, or its text where it is no JSON."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept, "Content-Type": content_type}
        payload = None if body is None else json.dumps(body).encode()
        answer = self._pool.urlopen(method, path, body=payload, headers=headers)
        try:
            decoded = json.loads(answer.data)
        except ValueError:
            decoded = answer.data.decode(errors="replace")
        if answer.status >= 300:
            message = decoded.get("message", "") if isinstance(decoded, dict) else decoded
            raise ApiError(method, path, answer.status, message)
        return decoded
