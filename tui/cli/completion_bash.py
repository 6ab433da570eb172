"""The completion for bash, 3.2 and newer, with or without the package bash-completion."""

import shlex
from collections.abc import Iterator

from diagnostics.kube.recorded import demo_names
from tui.cli.completed import Line, Words, families, first_words, value_options

_HEAD = """\
# bash completion for antrea-doctor; made by `antrea-doctor completion bash`
_antrea_doctor() {
  local IFS=$' \\t\\n' cur prev word command='' index=1 found='' files='' cut
  local -a words
  read -r -a words <<< "${COMP_LINE:0:COMP_POINT}"
  case "${COMP_LINE:0:COMP_POINT}" in *[[:space:]]) words+=('') ;; esac
  local last=$((${#words[@]} - 1))
  cur="${words[last]}"
  prev="${words[last - 1]}"
  case "$cur" in --*=*) prev="${cur%%=*}" ;; esac
  while [ "$index" -lt "$last" ]; do
    word="${words[index]}"
    case "$word" in
"""
_FOUND = """\
      -*) ;;
      *)
        case "$command $word" in
"""
_CANDIDATES = """\
          *) [ -n "$command" ] || command=- ;;
        esac ;;
    esac
    index=$((index + 1))
  done
  case "$command|$prev" in
"""
_REPLY = """\
  esac
  if [ -n "$files" ]; then
    cut=''
    case "$cur" in --*=*) cut="${cur#*=}" ;; *) cut="$cur" ;; esac
    compopt -o filenames 2>/dev/null
    IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$cut"))
    return
  fi
  case "$cur" in --*=*) cut="${cur#*=}" ;; *) cut="$cur" ;; esac
  COMPREPLY=($(compgen -W "$found" -- "$cut"))
  case "$cut" in  # bash takes a colon for the end of a word, so what stands before it must not come again
    *:*)
      case "$COMP_WORDBREAKS" in
        *:*)
          for index in "${!COMPREPLY[@]}"; do
            COMPREPLY[index]="${COMPREPLY[index]#"${cut%"${cut##*:}"}"}"
          done ;;
      esac ;;
  esac
  case "${COMPREPLY[*]}" in *: ) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _antrea_doctor antrea-doctor
"""


def script(known: tuple[Line, ...]) -> str:
    """The whole script."""
    return "".join(_parts(known))


def _parts(known: tuple[Line, ...]) -> Iterator[str]:
    members = families(known)
    yield _HEAD
    yield f"      {'|'.join(value_options(known))}) index=$((index + 1)) ;;\n"
    yield f'      --demo) case "${{words[index + 1]}}" in {"|".join(demo_names())}) index=$((index + 1)) ;; esac ;;\n'
    yield _FOUND
    for name in first_words(known):
        yield f"          ' {name}') command={name} ;;\n"
    for first, seconds in members.items():
        for second in seconds:
            yield f"          '{first} {second}') command='{first} {second}' ;;\n"
    yield _CANDIDATES
    for line in known:
        for option in line.options:
            if option.value is not None:
                yield f"    {_either(line.name, option.names)}) {_words(option.value)} ;;\n"
    yield f"    {'|'.join('*' + shlex.quote('|' + name) for name in value_options(known))}) ;;\n"
    yield '    *)\n      case "$command|$cur" in\n'
    for line in known:
        names = " ".join(name for option in line.options for name in option.names)
        yield f"        {shlex.quote(f'{line.name}|')}-*) found={shlex.quote(names)} ;;\n"
    yield f"        '|'*) found={shlex.quote(' '.join(first_words(known)))} ;;\n"
    for first, seconds in members.items():
        yield f"        '{first}|'*) found={shlex.quote(' '.join(seconds))} ;;\n"
    for line in known:
        if line.target != Words():
            yield f"        {shlex.quote(f'{line.name}|')}*) {_words(line.target)} ;;\n"
    yield "      esac ;;\n"
    yield _REPLY


def _either(command: str, names: tuple[str, ...]) -> str:
    """The pattern of an option of a command; the app's own Service may stand before its options."""
    commands = (command,) if command else ("", "-")
    return "|".join(shlex.quote(f"{each}|{name}") for each in commands for name in names)


def _words(words: Words) -> str:
    return "files=1" if words.files else f"found={shlex.quote(' '.join(words.words))}"
