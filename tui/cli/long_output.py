"""Documents with one long list, written item by item: a scan of ten thousand Services never stands in memory as text.

A document is made with an empty place for the list; what stands before the place is written, then each item as it is
made, then the rest.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Literal, TextIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_NO_XML = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})  # XML 1.0 knows no such characters, not even escaped
_HERE = "items-come-here"


def place() -> Element:
    """The element in whose place items come; text of the cluster can never look like it, since `<` is escaped."""
    return Element(_HERE)


class LongOutput:
    """Writes long documents to a stream, letters that it does not have as JSON, YAML and XML escape them."""

    def __init__(self, stream: TextIO, *, all_letters: bool) -> None:
        self._stream = stream
        self._all_letters = all_letters

    def json(self, document: Any, name: str, items: Iterable[Any]) -> None:
        """A JSON document in which the only field of this name at its depth holds an empty list."""
        before, depth, after = _parted(self._json(document), rf'\n( *)"{name}": \[\]')
        self._stream.write(f'{before}\n{depth}"{name}": [')
        number = 0
        for number, item in enumerate(items, 1):
            piece = self._json(item).replace("\n", f"\n{depth}  ")
            self._stream.write(f"{',' if number > 1 else ''}\n{depth}  {piece}")
        self._stream.write((f"\n{depth}]" if number else "]") + after + "\n")

    def yaml(self, document: Any, name: str, items: Iterable[Any]) -> None:
        """The same as YAML, with the list at the top."""
        before, _, after = _parted("\n" + self._yaml(document), rf"\n(){name}: \[\]")
        self._stream.write(f"{before}\n{name}:".lstrip("\n"))
        is_empty = True
        for item in items:
            is_empty = False
            self._stream.write("\n" + self._yaml([item]).rstrip("\n"))
        self._stream.write((" []" if is_empty else "") + after)

    def markup(
        self, root: Element, items: Iterable[Element], method: Literal["xml", "html"], *, indented: bool = False
    ) -> None:
        """An XML or HTML document; items come where its `place` stands, at a depth of one when they are indented."""
        if indented:
            ElementTree.indent(root)
        before, _, after = _parted(self._marked_up(root, method), rf"<{_HERE}\b[^>]*>()(?:</{_HERE}>)?")
        self._stream.write(before)
        for number, item in enumerate(items):
            if indented:
                ElementTree.indent(item, level=1)
            self._stream.write(("\n  " if indented and number else "") + self._marked_up(item, method))
        self._stream.write(after.rstrip("\n") + "\n")

    def _json(self, value: Any) -> str:
        return json.dumps(value, indent=2, ensure_ascii=not self._all_letters)

    def _yaml(self, value: Any) -> str:
        import yaml

        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        return str(yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=self._all_letters, width=1000))

    def _marked_up(self, root: Element, method: Literal["xml", "html"]) -> str:
        for element in root.iter():
            element.text = element.text.translate(_NO_XML) if element.text else element.text
            for name, value in element.items():
                element.set(name, value.translate(_NO_XML))
        text = ElementTree.tostring(root, encoding="unicode", method=method)
        return text if self._all_letters else text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _parted(text: str, place: str) -> tuple[str, str, str]:
    """What stands before the one place, its group, and what stands after it. Raises ValueError without a place."""
    found = re.search(place, text)
    if found is None:
        raise ValueError(f"There is no place {place!r}.")
    return text[: found.start()], found[1], text[found.end() :]
