"""`antrea-doctor completion`: a script by which a shell completes the words of antrea-doctor."""

from tui.cli.call import Call
from tui.cli.completed import SHELLS, lines
from tui.cli.completion_bash import script as bash
from tui.cli.completion_fish import script as fish
from tui.cli.completion_zsh import script as zsh
from tui.cli.near import did_you_mean
from tui.cli.output import Output
from tui.cli.stop import Exit, usage

_SCRIPTS = dict(zip(SHELLS, (bash, zsh, fish), strict=True))


def run(call: Call) -> int:
    """Prints the script. Raises Stop for another shell."""
    script = _SCRIPTS.get(call.own.target)
    if script is None:
        hint = did_you_mean(call.own.target, SHELLS, otherwise=f"There are: {', '.join(SHELLS)}.")
        raise usage(f"There is no completion for {call.own.target!r}.{hint}")
    Output(call).exact(script(lines()))
    return Exit.OK
