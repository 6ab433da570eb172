"""How a command ends: exit codes of the contract, and the end that is told in one sentence."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; pipelines rely on them."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    NOT_CONNECTED = 3
    INCOMPLETE = 4
    OUR_FAULT = 5
    INTERRUPTED = 130  # 128 + SIGINT
    PIPE_CLOSED = 141  # 128 + SIGPIPE, as the shell reports any other program


class Stop(Exception):  # noqa: N818 - an end with a reason, not a fault
    """The command cannot go on. The message is for the operator: what is wrong and what to do next."""

    def __init__(self, code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def usage(sentence: str) -> Stop:
    """The command line asks for something that does not exist or contradicts itself."""
    return Stop(Exit.USAGE, sentence)
