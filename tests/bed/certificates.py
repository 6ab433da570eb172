"""The certificates the breaking proxy can show: the right one and three that a client has to refuse."""

import ssl
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import trustme


class Certificate(Enum):
    """What the server's certificate is like."""

    RIGHT = auto()
    WRONG_NAME = auto()
    UNKNOWN_AUTHORITY = auto()
    EXPIRED = auto()


def server_context(kind: Certificate, ca: trustme.CA) -> ssl.SSLContext:
    """The TLS settings of a server on 127.0.0.1 that shows such a certificate to clients who trust `ca`."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    match kind:
        case Certificate.RIGHT:
            leaf = ca.issue_cert("127.0.0.1", "localhost")
        case Certificate.WRONG_NAME:
            leaf = ca.issue_cert("kubernetes.example.org")
        case Certificate.UNKNOWN_AUTHORITY:
            leaf = trustme.CA().issue_cert("127.0.0.1", "localhost")
        case Certificate.EXPIRED:
            leaf = ca.issue_cert("127.0.0.1", not_before=yesterday - timedelta(days=1), not_after=yesterday)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context
