"""PowerShell's documented rules for reading single-quoted text and handing words to programs, as a strict model.

Stands in for the real one where it is not installed: about_Quoting_Rules, about_Parsing and the rules of Microsoft's C
runtime for command lines. Anything beyond what plans use is refused rather than guessed. Before 7.3 words go to a
program joined by blanks: one with a blank outside of quotes gets quotes around it (releases 6 and later double its
last backslashes, 5.1 does not), a quote inside is handed on as it is, an empty word is lost.
"""

QUOTES = "'\u2018\u2019\u201a\u201b"
BARE_START = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"
BARE = BARE_START + "0123456789_=./:"


class NotUnderstoodError(ValueError):
    """Text that the model does not cover, and that plans must therefore not use."""


def tokens(text: str) -> list[str]:
    """The arguments of one command in argument mode."""
    found, at = [], 0
    while at < len(text):
        if text[at] == " ":
            at += 1
        elif text[at] in QUOTES:
            value, at = quoted_text(text, at)
            if at < len(text) and text[at] != " ":
                raise NotUnderstoodError(f"something follows a quoted word: {text[at:]!a}")
            found.append(value)
        else:
            end = next((index for index in range(at, len(text)) if text[index] == " "), len(text))
            word = text[at:end]
            if word[0] not in BARE_START or any(mark not in BARE for mark in word) or word in ("-", "--"):
                raise NotUnderstoodError(f"a word that is special without quotes: {word!a}")
            if word[0] == "-" and word[1] != "-" and ("." in word or ":" in word):
                raise NotUnderstoodError(f"a parameter that PowerShell cuts in two: {word!a}")
            found.append(word)
            at = end
    return found


def quoted_text(text: str, at: int) -> tuple[str, int]:
    """A single-quoted text that starts at a position, and the position after it; any two quotes are one."""
    value, at = "", at + 1
    while at < len(text):
        if text[at] not in QUOTES:
            value += text[at]
            at += 1
        elif at + 1 < len(text) and text[at + 1] in QUOTES:
            value += text[at + 1]
            at += 2
        else:
            return value, at + 1
    raise NotUnderstoodError("a quoted text without an end")


def command_line(words: list[str], *, doubles_last_backslashes: bool) -> str:
    """What a program is started with, by the rules before 7.3."""
    parts = []
    for word in words:
        if _needs_quotes(word):
            last = len(word) - len(word.rstrip("\\")) if doubles_last_backslashes else 0
            parts.append(f'"{word}{chr(92) * last}"')
        elif word:
            parts.append(word)
    return " ".join(parts)


def _needs_quotes(word: str) -> bool:
    inside, before = False, ""
    for mark in word:
        if mark == '"' and before != "\\":
            inside = not inside
        elif mark.isspace() and not inside:
            return True
        before = mark
    return False


def arguments(line: str) -> list[str]:
    """What the program makes of its command line."""
    found, at = [], 0
    while at < len(line):
        if line[at] in " \t":
            at += 1
            continue
        value, inside = "", False
        while at < len(line) and (inside or line[at] not in " \t"):
            slashes = len(line[at:]) - len(line[at:].lstrip("\\"))
            at += slashes
            if at < len(line) and line[at] == '"':
                value += "\\" * (slashes // 2)
                if slashes % 2:
                    value += '"'
                else:
                    inside = not inside
                at += 1
            elif slashes:
                value += "\\" * slashes
            else:
                value += line[at]
                at += 1
        found.append(value)
    return found
