"""`path -o mermaid` and `-o dot`: the facts of the table as a diagram."""

import re
import shutil
import subprocess

import pytest

from headless import doctor
from tui.cli.path_diagram import Link, dot, mermaid

SCENES = ("shop/web --demo proxy-all", "shop/web --demo seed --client-ip 198.51.100.7", "legacy/reports --demo seed")


def facts(line: str) -> list[tuple[str, str, str, str, str]]:
    """Outcome, address seen, ingress Node, share and policy of each path, as the unfolded document has them."""
    paths = doctor(f"path {line} -o json").json["services"][0]["paths"]
    return [
        (
            path["outcome"],
            path["seenSource"]["ip"] or "",
            path["ingressNode"],
            f"{path['share']['endpoints']} of {path['share']['of']}",
            path["policy"]["verdict"],
        )
        for path in paths
        if path["access"] != "ClusterIP"
    ]


@pytest.mark.parametrize("form", ["mermaid", "dot"])
@pytest.mark.parametrize("line", SCENES)
def test_a_diagram_says_what_the_table_says(form: str, line: str) -> None:
    text = doctor(f"path {line} -o {form}").out
    for outcome, seen, ingress, share, policy in facts(line):
        assert outcome in text
        if outcome == "delivered":
            assert seen in text
            assert share in text
            assert f"policy {policy}" in text
        assert ingress in text or "more Node" in text


def test_hostile_words_end_no_quotes() -> None:
    evil = [Link('a"] --> b', 'c\\"];\n<script>`x`', ("l#quot;", 'm"n'))]
    drawn = mermaid('t"i', evil).replace("<br/>", "")
    forms = (r"---", r'title: "[^"<>`]*"', "flowchart LR", r'  n\d+\["[^"<>`]*"\]', r'  n0 -->\|"[^"<>`]*"\| n1')
    assert all(any(re.fullmatch(form, line) for form in forms) for line in drawn.splitlines())
    assert "#quot;" in drawn
    assert "#35;quot;" in drawn
    assert 'n0 [label="a\\"] --> b"];' in dot('t"i', evil)
    assert 'digraph "t\\"i" {' in dot('t"i', evil)
    assert dot("back\\slash", []).startswith('digraph "back\\\\slash" {')


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_graphviz_reads_it() -> None:
    text = doctor("path shop/web --demo proxy-all -o dot").out
    assert subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True).stdout
