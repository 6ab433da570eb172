"""Lists: filters and sorting of Services, headings that the cursor skips, columns that give way, pages of findings."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from diagnostics.datapath.path import Keeping
from diagnostics.datapath.summary import ServiceSummary
from diagnostics.model.finding import Evidence, Finding, Report, Result, Severity, Verdict
from widgets.finding_detail import finding_blocks, page_blocks
from widgets.reading import Look
from widgets.result_list import report_rows
from widgets.row_list import Cell, Column, RowList
from widgets.service_index import SORTS, ServiceIndex


def service(key: str, keeping: Keeping = Keeping.NEVER, kind: str = "NodePort", endpoints: int = 1) -> ServiceSummary:
    return ServiceSummary(key, kind, keeping, "Cluster", ("192.0.2.1",), endpoints, "why")


ROWS = [
    service("shop/web", Keeping.SOMETIMES, "LoadBalancer", 3),
    service("shop/api", Keeping.KEEPS, "ClusterIP", 9),
    service("bank/web", Keeping.NEVER, "NodePort", 0),
    service("bank/cannot", Keeping.CANNOT_TELL, "NodePort", 2),
]


def arranged(rows: list[ServiceSummary], sort: str, filter_text: str) -> list[ServiceSummary]:
    return ServiceIndex(rows).arranged(sort, filter_text)


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("", {"shop/web", "shop/api", "bank/web", "bank/cannot"}),
        ("web", {"shop/web", "bank/web"}),
        ("WEB shop", {"shop/web"}),
        ("risk:never", {"bank/web"}),
        ("risk:cannot-tell", {"bank/cannot"}),
        ("type:lb", {"shop/web"}),
        ("type:np ns:bank", {"bank/web", "bank/cannot"}),
        ("ns:sho", {"shop/web", "shop/api"}),
        ("policy:local", set()),
        ("192.0.2.1", {"shop/web", "shop/api", "bank/web", "bank/cannot"}),
        ("unheard:of", set()),
        ("ns=sho", set()),
        ("ns=shop web", {"shop/web"}),
        ("~bweb", {"bank/web"}),
        ("~spi", {"shop/api"}),
        ("~x", set()),
    ],
)
def test_filters_keep_what_all_words_match(words: str, keys: set[str]) -> None:
    assert {row.key for row in arranged(ROWS, "verdict", words)} == keys


@pytest.mark.parametrize(
    ("sort", "first"),
    [("verdict", "bank/web"), ("name", "bank/cannot"), ("type", "shop/api"), ("endpoints", "bank/web")],
)
def test_each_order_puts_the_right_one_first(sort: str, first: str) -> None:
    assert arranged(ROWS, sort, "")[0].key == first


def test_typing_on_gives_what_the_whole_filter_gives() -> None:
    for words in ("web", "shop web", "ns:bank", "~bweb", "type:np ns:bank", "192.0.2.1"):
        typed = ServiceIndex(ROWS)
        for sort in SORTS:
            for end in range(len(words) + 1):
                text = words[:end]
                assert typed.arranged(sort, text) == ServiceIndex(ROWS).arranged(sort, text), (sort, text)
            for end in range(len(words), -1, -1):
                text = words[:end]
                assert typed.arranged(sort, text) == ServiceIndex(ROWS).arranged(sort, text), (sort, text)


def test_a_newer_index_takes_over_only_what_did_not_change() -> None:
    changed = replace(ROWS[0], keeping=Keeping.KEEPS)
    newer = ServiceIndex([changed, *ROWS[1:]], ServiceIndex(ROWS))
    assert {row.key for row in newer.arranged("name", "risk:keeps")} == {"shop/web", "shop/api"}
    assert newer.arranged("name", "risk:sometimes") == []


class ListApp(App[None]):
    """A list of numbers in which every tenth is a heading."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield RowList[int](
            (
                Column("NUMBER", lambda row: Cell(f"number {row} 名前"), 12, grow=1),
                Column("WIDE", lambda row: Cell("only on wide lists"), 20, from_width=60),
            )
        )

    def on_mount(self) -> None:
        self.numbers.show(range(self.count), 0, frozenset(range(0, self.count, 10)))
        self.numbers.focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.chosen.append(event.item)

    @property
    def numbers(self) -> RowList[int]:
        return self.query_one(RowList)


def play(count: int, scene: Callable[[ListApp, Pilot[None]], Awaitable[None]], width: int = 80) -> None:
    async def run() -> None:
        app = ListApp(count)
        async with app.run_test(size=(width, 12)) as pilot:
            await pilot.pause()
            await scene(app, pilot)

    asyncio.run(run())


def test_the_cursor_never_rests_on_a_heading() -> None:
    async def scene(app: ListApp, pilot: Pilot[None]) -> None:
        assert app.numbers.cursor == 1
        await pilot.press("up")
        assert app.numbers.cursor == 1
        await pilot.press(*["down"] * 9)
        assert app.numbers.cursor == 11
        await pilot.press("g")
        assert app.numbers.cursor == 1
        await pilot.press("G")
        assert app.numbers.cursor == 99

    play(100, scene)


def test_ten_thousand_rows_are_paged_and_chosen() -> None:
    async def scene(app: ListApp, pilot: Pilot[None]) -> None:
        await pilot.press("G")
        assert app.numbers.cursor == 9999
        assert "number 9999" in app.numbers.render_line(app.numbers.size.height - 1).text
        await pilot.press("pageup")
        assert app.numbers.cursor < 9995
        await pilot.press("enter")
        assert app.chosen == [app.numbers.cursor]

    play(10_000, scene)


def test_a_click_moves_and_a_second_one_opens() -> None:
    async def scene(app: ListApp, pilot: Pilot[None]) -> None:
        await pilot.click(RowList, offset=(5, 4))
        assert app.numbers.cursor == 3
        assert app.chosen == []
        await pilot.click(RowList, offset=(5, 4))
        assert app.chosen == [3]
        await pilot.click(RowList, offset=(5, 1))
        assert app.numbers.cursor == 3

    play(30, scene)


@pytest.mark.parametrize(("width", "shown"), [(80, True), (40, False)])
def test_columns_give_way_on_narrow_lists(width: int, shown: bool) -> None:
    async def scene(app: ListApp, pilot: Pilot[None]) -> None:
        line = app.numbers.render_line(2)
        assert ("only on wide lists" in line.text) is shown
        assert line.cell_length == app.numbers.scrollable_content_region.width

    play(30, scene, width)


FOUND = Result(
    "AD010",
    "snat-blind-allow",
    "Rules see clients",
    Verdict.FOUND,
    (Finding(Severity.BROKEN, "NetworkPolicy a/b", "It cannot match.", (Evidence("Service a/c", "spec.x", "1"),)),),
    remedies=("use-dsr",),
)
REPORT = Report(
    "a/c",
    (
        Result("AD001", "one", "Passed one", Verdict.PASSED),
        FOUND,
        Result("AD002", "two", "Not known", Verdict.UNKNOWN, reason="nodes: forbidden."),
        Result("AD003", "three", "No matter", Verdict.NOT_APPLICABLE),
    ),
)


def test_results_are_listed_worst_first_and_unknown_is_never_among_the_passed() -> None:
    rows = report_rows(REPORT, lambda code: "group")
    titles = [row.title for row in rows]
    assert titles == [
        "Found (1)",
        "It cannot match.",
        "Could not be told (1)",
        "Not known: nodes: forbidden.",
        "Passed (1)",
        "Passed one",
        "Not applicable here (1)",
        "No matter",
    ]


def test_a_check_that_crashed_is_listed_as_our_own_trouble() -> None:
    crashed = Result("AD004", "four", "Fine", Verdict.UNKNOWN, reason="This check failed.", crashed=True)
    titles = [row.title for row in report_rows(replace(REPORT, cluster=(crashed,)), lambda code: "group")]
    assert titles[2:6] == [
        "Our own trouble (1)",
        "Fine: This check failed.",
        "Could not be told (1)",
        "Not known: nodes: forbidden.",
    ]


def test_the_page_of_a_finding_names_evidence_and_ways_out() -> None:
    rows = report_rows(REPORT, lambda code: "group")
    text = "\n".join(block.text for block in finding_blocks(rows[1], None, {"use-dsr": "Direct server return"}))
    for wanted in ("AD010", "broken: NetworkPolicy a/b", "It cannot match.", "Service a/c\n  spec.x: 1", "1. Direct"):
        assert wanted in text


def test_a_markdown_page_becomes_headings_paragraphs_and_commands() -> None:
    page = "First\nline.\n\n## How to verify\nRun this:\n\n```sh\nkubectl get x\n```\n\n- a\n- b"
    found = [(block.look, block.text) for block in page_blocks(page)]
    assert found == [
        (Look.PLAIN, "First line."),
        (Look.HEADING, "How to verify"),
        (Look.PLAIN, "Run this:"),
        (Look.COMMAND, "kubectl get x"),
        (Look.PLAIN, "- a\n- b"),
    ]


def test_services_without_a_verdict_yet_are_listed_last_and_claim_nothing() -> None:
    pending = ServiceSummary("a/pending", "NodePort", None, "Cluster", (), 1, "")
    assert arranged([pending, *ROWS], "verdict", "")[-1] is pending
    assert arranged([pending], "verdict", "risk:never") == []
