"""Why a cluster cannot be used at all, said so that somebody can act on it."""


class Trouble(Exception):  # noqa: N818 - expected, and shown to the operator as it is
    """What happened, why as far as it is known, and what to do next: one sentence each."""

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(" ".join(part for part in (what, why, next_step) if part))
        self.what = what
        self.why = why
        self.next_step = next_step


class ContextError(Trouble):
    """The kubeconfig does not tell how to connect."""


class ConnectionTrouble(Trouble):
    """The API server cannot be used: not reached, not trusted, or it does not know the user."""
