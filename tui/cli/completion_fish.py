"""The completion for fish, with the descriptions of commands and options."""

from collections.abc import Iterator

from diagnostics.kube.recorded import demo_names
from tui.cli.completed import Completed, Line, Words, families, first_words, value_options

_HEAD = """\
# fish completion for antrea-doctor; made by `antrea-doctor completion fish`
function __antrea_doctor_is --description 'Whether this command was written, as far as the cursor'
  set -l written (commandline --cut-at-cursor --tokenize --current-process)[2..]
  set -l command
  while set -q written[1]
    switch $written[1]
      case {values}
        set -e written[1]
      case --demo
        contains -- "$written[2]" {demos}; and set -e written[1]
      case '-*'
      case '*'
        set -a command $written[1]
        if not contains -- $command[1] {families}; or set -q command[2]
          break
        end
    end
    set -e written[1]
  end
  if set -q command[1]; and not contains -- $command[1] {first}
    set command -
  end
  test "$command" = "$argv"
end
complete -c antrea-doctor -f
"""


_APP = "; or __antrea_doctor_is -"  # with a Service before its options, or without


def script(known: tuple[Line, ...]) -> str:
    """The whole script."""
    return "".join(_parts(known))


def _parts(known: tuple[Line, ...]) -> Iterator[str]:
    members = families(known)
    words = first_words(known)
    values = " ".join(value_options(known))
    yield _HEAD.format(values=values, families=" ".join(members), first=" ".join(words), demos=" ".join(demo_names()))
    for name, summary in words.items():
        yield _line("", f"-a {name}", summary)
    for first, seconds in members.items():
        for second in seconds:
            summary = next(line.summary for line in known if line.name == f"{first} {second}")
            yield _line(first, f"-a {second}", summary)
    for line in known:
        for option in line.options:
            yield _line(line.name or _APP, _option(option), option.help)
        if line.target != Words():
            yield _line(line.name, _words(line.target), "")


def _line(command: str, what: str, told: str) -> str:
    condition = _quoted(f"__antrea_doctor_is {command}".strip())
    return f"complete -c antrea-doctor -n {condition} {what}{f' -d {_quoted(told)}' if told else ''}\n"


def _option(option: Completed) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    if option.value is None:
        return names
    return f"{names} -r -F" if option.value.files else f"{names} -x {_words(option.value)}".rstrip()


def _words(words: Words) -> str:
    if words.files:
        return "-F"
    return f"-a {_quoted(' '.join(words.words))}" if words.words else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
