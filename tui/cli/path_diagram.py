"""The paths of a Service as a Mermaid flowchart or a Graphviz graph, with the facts of the table on the edges."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tui.cli.path_row import COLUMNS, WIDE


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between two boxes, by their words; `label` may have several lines."""

    start: str
    end: str
    label: tuple[str, ...] = ()


def links(client: str, rows: Iterable[tuple[str, ...]]) -> Iterator[Link]:
    """The edges of rows of the wide table, each once: client, address, ingress Node, endpoints or outcome."""
    seen: set[Link] = set()
    for row in rows:
        facts = dict(zip((*COLUMNS, *WIDE), row))
        ingress = f"{facts['ingress Node']}\n{facts['handler']}"
        told = [facts["outcome"], *(f"{name} {facts[name]}" for name in ("source seen", "SNAT", "policy"))]
        label = tuple(text for text in told if not text.endswith(" -"))
        reached = facts["endpoints"] != "-"
        target = f"{facts['endpoints']}\n{facts['endpoint addresses']}" if reached else f"none: {facts['outcome']}"
        for link in (
            Link(client, facts["access"]),
            Link(facts["access"], ingress),
            Link(ingress, target, (facts["access"], *label)),
        ):
            if link not in seen:
                seen.add(link)
                yield link


def mermaid(title: str, found: Iterable[Link]) -> str:
    """A Mermaid flowchart from left to right."""
    edges = list(found)
    names = _names(edges)
    lines = ["---", f'title: "{_entity(title)}"', "---", "flowchart LR"]
    lines += [f'  {name}["{_entity(words)}"]' for words, name in names.items()]
    for edge in edges:
        label = f'|"{_entity(chr(10).join(edge.label))}"|' if edge.label else ""
        lines.append(f"  {names[edge.start]} -->{label} {names[edge.end]}")
    return "\n".join(lines)


def dot(title: str, found: Iterable[Link]) -> str:
    """A Graphviz digraph from left to right."""
    edges = list(found)
    names = _names(edges)
    lines = [f"digraph {_quoted(title)} {{", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {name} [label={_quoted(words)}];" for words, name in names.items()]
    for edge in edges:
        label = f" [label={_quoted(chr(10).join(edge.label))}]" if edge.label else ""
        lines.append(f"  {names[edge.start]} -> {names[edge.end]}{label};")
    return "\n".join([*lines, "}"])


def _names(edges: Iterable[Link]) -> dict[str, str]:
    words = dict.fromkeys(text for edge in edges for text in (edge.start, edge.end))
    return {text: f"n{number}" for number, text in enumerate(words)}


def _entity(text: str) -> str:
    """Mermaid reads `#name;` as an entity; what could end the quotes or start markup is written so."""
    marks = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "\n": "<br/>", "`": "#96;"}
    return "".join(marks.get(sign, sign) for sign in text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
