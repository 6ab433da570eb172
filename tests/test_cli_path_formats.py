"""`path -o table|wide|markdown|json|yaml|mermaid|dot`: the same facts are read out of every format and compared."""

import html
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import yaml

from headless import Ran, doctor

SCENES = (
    "shop/web --demo proxy-all",
    "shop/web --demo seed --client-ip 198.51.100.7",
    "shop/web --demo dsr --client pod:shop/web-0",
    "legacy/reports --demo seed",
    "shop/web --demo rollout",
)
DIALLED = re.compile(r"(?P<kind>\w+) \[?(?P<address>[^\]]*?)\]?:(?P<port>\d+)/(?P<protocol>\w+)")


class Fact(NamedTuple):
    """What each format says of a class of connections, at the ingress Node that stands for its like."""

    access: str
    ingress: str
    endpoints: str
    handler: str
    outcome: str
    seen: str
    snat: str
    policy: str


def of_cells(cells: list[str]) -> Fact:
    """From a row of the table; a folded Node is named without those like it."""
    access, ingress, endpoints, handler, outcome, seen, snat, policy = cells[:8]
    return Fact(access, ingress.partition(" and ")[0], endpoints, handler, outcome, seen, snat, policy)


def of_document(path: dict[str, Any]) -> Fact:
    """From a path of the JSON or YAML document, in the words of the table."""
    address = f"[{path['address']}]" if ":" in (path["address"] or "") else path["address"]
    endpoint, share, seen = path["endpoint"], path["share"], path["seenSource"]
    on = f" on {endpoint['node']}" if endpoint["node"] else ""
    of = f" of {seen['node']}" if seen["node"] and seen["kind"] in ("gateway", "node") else ""
    shown = " ".join(part for part in (f"{seen['kind']}{of}", seen["ip"]) if part)
    snat = [item for item in path["rewrites"] if item["kind"] == "SNAT"]
    decided = path["policy"]["decidedBy"].partition(": ")[0]
    return Fact(
        f"{path['access']} {address}:{path['port']}/{path['protocol']}",
        path["ingressNode"] or "-",
        "-" if endpoint["place"] == "none" else f"{share['endpoints']} of {share['of']} {endpoint['place']}{on}",
        path["handler"],
        path["outcome"],
        shown if path["outcome"] in ("delivered", "unknown") else "-",
        "; ".join(f"{item['id']} {item['before']} → {item['after']}" for item in snat) or "-",
        ": ".join(part for part in (path["policy"]["verdict"], decided) if part),
    )


def from_text(ran: Ran) -> set[Fact]:
    rows = [re.split(r" {2,}", line.strip()) for line in ran.out.splitlines() if DIALLED.match(line)]
    return {of_cells(row) for row in rows}


def from_markdown(ran: Ran) -> set[Fact]:
    rows = [line.strip("| ").split(" | ") for line in ran.out.splitlines() if DIALLED.match(line.strip("| "))]
    return {of_cells([re.sub(r"\\(.)", r"\1", html.unescape(cell.strip())) for cell in row]) for row in rows}


def from_json(ran: Ran) -> set[Fact]:
    return {of_document(path) for path in ran.json["services"][0]["paths"]}


def from_yaml(ran: Ran) -> set[Fact]:
    return {of_document(path) for path in yaml.safe_load(ran.out)["services"][0]["paths"]}


def from_dot(ran: Ran) -> set[Fact]:
    boxes = dict(re.findall(r'^  (n\d+) \[label="(.*)"\];$', ran.out, re.M))
    edges = re.findall(r'^  (n\d+) -> (n\d+) \[label="(.*)"\];$', ran.out, re.M)
    return {
        of_edge(boxes[start].split("\\n"), boxes[end].split("\\n"), label.split("\\n")) for start, end, label in edges
    }


def from_mermaid(ran: Ran) -> set[Fact]:
    boxes = dict(re.findall(r'^  (n\d+)\["(.*)"\]$', ran.out, re.M))
    edges = re.findall(r'^  (n\d+) -->\|"(.*)"\| (n\d+)$', ran.out, re.M)

    def lines(text: str) -> list[str]:
        return [html.unescape(re.sub(r"#(\w+);", lambda m: _sign(m[1]), part)) for part in text.split("<br/>")]

    return {of_edge(lines(boxes[start]), lines(boxes[end]), lines(label)) for start, label, end in edges}


def _sign(name: str) -> str:
    return chr(int(name)) if name.isdigit() else f"&{name};"


def of_edge(start: list[str], end: list[str], label: list[str]) -> Fact:
    """From an arrow between an ingress Node and its endpoints."""
    ingress, handler = start
    access, outcome, *told = label
    named = {name: text.removeprefix(f"{name} ") for name in ("source seen", "SNAT", "policy") for text in told
             if text.startswith(f"{name} ")}  # fmt: skip
    endpoints = "-" if end[0].startswith("none: ") else end[0]
    cells = [access, ingress, endpoints, handler, outcome]
    return of_cells([*cells, *(named.get(name, "-") for name in ("source seen", "SNAT", "policy"))])


FORMATS: dict[str, Callable[[Ran], set[Fact]]] = {
    "table": from_text,
    "wide": from_text,
    "markdown": from_markdown,
    "yaml": from_yaml,
    "json": from_json,
    "mermaid": from_mermaid,
    "dot": from_dot,
}


@pytest.mark.parametrize("line", SCENES)
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_the_facts_of_the_document(form: str, line: str) -> None:
    """The document has every ingress Node by itself, the others one for all that are alike.

    All but wide, JSON and YAML leave out the ClusterIP for clients outside, and say so.
    """
    document = from_json(doctor(f"path {line} -o json"))
    ran = doctor(f"path {line} -o {form}")
    found = FORMATS[form](ran)
    assert found
    if form in ("json", "yaml"):
        assert found == document
        return
    meant = {
        fact for fact in document if form == "wide" or "--client pod" in line or not fact.access.startswith("Clus")
    }
    assert found <= meant
    shown = {(fact.access.split()[0], fact.ingress) for fact in found}
    assert {fact for fact in meant if (fact.access.split()[0], fact.ingress) in shown} == found
    assert {fact.access.split()[0] for fact in found} == {fact.access.split()[0] for fact in meant}


@pytest.mark.parametrize("line", SCENES)
def test_the_rewrites_and_their_basis_are_in_wide_as_in_the_document(line: str) -> None:
    wide = doctor(f"path {line} -o wide").out
    paths = doctor(f"path {line} -o json").json["services"][0]["paths"]
    first = {path["ingressNode"] for path in paths if f" {path['ingressNode']} " in wide}
    for path in paths:
        if path["ingressNode"] in first and path["ingressNode"] == paths[0]["ingressNode"]:
            for rewrite in path["rewrites"]:
                assert f"{rewrite['id']} {rewrite['where']}" in wide
