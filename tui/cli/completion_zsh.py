"""The completion for zsh, with the descriptions of commands and options."""

from collections.abc import Iterator

from diagnostics.kube.recorded import demo_names
from tui.cli.completed import Line, Words, families, first_words, value_options

_HEAD = """\
#compdef antrea-doctor
# zsh completion for antrea-doctor; made by `antrea-doctor completion zsh`
_antrea_doctor() {
  local prev=$words[CURRENT-1] word command='' index=2
  local -a found
  if [[ $PREFIX == --*=* ]]; then
    prev=${PREFIX%%=*}
    compset -P '*='
  fi
  while (( index < CURRENT )); do
    word=$words[index]
    case $word in
"""
_FOUND = """\
      (-*) ;;
      (*)
        case "$command $word" in
"""
_CANDIDATES = """\
          (*) [[ -n $command ]] || command=- ;;
        esac ;;
    esac
    (( index++ ))
  done
  case "$command|$prev" in
"""
_TAIL = """\
  esac
}
if [[ $funcstack[1] == _antrea-doctor ]]; then
  _antrea_doctor "$@"
else
  compdef _antrea_doctor antrea-doctor
fi
"""


def script(known: tuple[Line, ...]) -> str:
    """The whole script."""
    return "".join(_parts(known))


def _parts(known: tuple[Line, ...]) -> Iterator[str]:
    members = families(known)
    yield _HEAD
    yield f"      ({'|'.join(value_options(known))}) (( index++ )) ;;\n"
    yield f"      (--demo) [[ $words[index+1] == ({'|'.join(demo_names())}) ]] && (( index++ )) ;;\n"
    yield _FOUND
    for name in first_words(known):
        yield f"          (' {name}') command={name} ;;\n"
    for first, seconds in members.items():
        for second in seconds:
            yield f"          ('{first} {second}') command='{first} {second}' ;;\n"
    yield _CANDIDATES
    for line in known:
        for option in line.options:
            if option.value is not None:
                commands = (line.name,) if line.name else ("", "-")
                places = "|".join(_quoted(f"{command}|{name}") for command in commands for name in option.names)
                yield f"    ({places}) {_words(option.value)} ;;\n"
    yield f"    ({'|'.join('*' + _quoted('|' + name) for name in value_options(known))}) ;;\n"
    yield '    (*)\n      case "$command|$PREFIX" in\n'
    for line in known:
        described = " ".join(_quoted(f"{name}:{option.help}") for option in line.options for name in option.names)
        yield f"        ({_quoted(f'{line.name}|')}-*) found=({described}); _describe -o option found ;;\n"
    described = " ".join(_quoted(f"{name}:{summary}") for name, summary in first_words(known).items())
    yield f"        ('|'*) found=({described}); _describe command found ;;\n"
    for first, seconds in members.items():
        yield f"        ('{first}|'*) compadd -- {' '.join(seconds)} ;;\n"
    for line in known:
        if line.target != Words():
            yield f"        ({_quoted(f'{line.name}|')}*) {_words(line.target)} ;;\n"
    yield "      esac ;;\n"
    yield _TAIL


def _words(words: Words) -> str:
    if words.files:
        return "_files"
    return f"compadd -- {' '.join(map(_quoted, words.words))}" if words.words else ":"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
