"""The screens, driven by keys: an operator finds the verdict, the reason, the finding and the way out."""

import pytest
from textual.events import MouseScrollDown
from textual.pilot import Pilot

from driving import assert_frame, drive, frame, press, settle, shown, toasts
from tui.app import DoctorApp
from tui.request import AppRequest, StartView, ViewKind
from widgets.path_view import PathView

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
SEED = AppRequest(demo="seed")
WEB = AppRequest(demo="seed", service="shop/web")
NAT = AppRequest(demo="proxy-all", service="shop/web")

FRAMES = {
    "services": (SEED, ()),
    "examination-kube-proxy": (WEB, ()),
    "examination-antrea-nat": (NAT, ()),
    "examination-dsr": (AppRequest(demo="dsr", service="shop/web"), ()),
    "findings": (WEB, ("2",)),
    "ways": (NAT, ("3",)),
    "remedy-dsr": (NAT, ("3", "enter")),
    "remedy-nodeport-asks": (AppRequest(demo="proxy-all", service="partner/intake"), ("3", "enter")),
    "cluster": (SEED, ("i",)),
}


LOOKS = [(name, size) for name in FRAMES for size in SIZES if (name, size) != ("remedy-dsr", "80x24")]


@pytest.mark.parametrize(("name", "size"), LOOKS)
def test_screens_look_as_agreed(name: str, size: str) -> None:
    request, keys = FRAMES[name]
    assert_frame(f"screen-{name}-{size}", shown(request, keys, SIZES[size]))


def test_a_small_screen_shows_the_first_step_of_a_plan_and_its_command() -> None:
    text = shown(*FRAMES["remedy-dsr"], SIZES["80x24"])
    for wanted in ("Today: sometimes", "After:", "Steps: 0 of 5 done", "▸ [ ] 1", "kubectl --context demo", "Copy"):
        assert wanted in text


def test_every_service_has_a_verdict_in_words() -> None:
    text = shown(SEED)
    for service, word in (
        ("shop/web", "never"),
        ("shop/checkout", "keeps"),
        ("monitoring/node-metrics", "sometimes"),
        ("legacy/reports", "unreachable"),
        ("shop/payments", "not exposed"),
    ):
        line = next(line for line in text.splitlines() if service in line)
        assert word in line


def test_the_filter_keeps_what_matches_and_escape_clears_it() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["/", *"risk:never", "enter"])
        text = frame(app)
        assert "shop/web" in text
        assert "shop/checkout" not in text
        assert "(3 of 12)" in text
        await press(pilot, ["escape"])
        assert "shop/checkout" in frame(app)

    drive(SEED, scene)


def test_sorting_by_name_puts_the_first_name_first() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["s"])
        rows = [line for line in frame(app).splitlines() if "/" in line]
        assert "default/kubernetes" in rows[0]

    drive(SEED, scene)


def test_the_first_thing_seen_of_a_service_is_where_its_source_address_is_changed() -> None:
    text = shown(WEB)
    assert "⇄ SNAT 203.0.113.10 → 10.20.0.1" in text
    assert "kube-proxy masquerades" in text
    assert "Pods see an address of antrea-gw0" in text


def test_the_client_can_be_put_elsewhere() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["v"])
        assert "from a Pod on Node node-a" in frame(app)
        await press(pilot, ["v"])
        assert "from Node node-a itself" in frame(app)
        await press(pilot, ["v"])
        assert "from the endpoint web-0 itself" in frame(app)
        await press(pilot, ["v"])
        assert "from a client outside the cluster" in frame(app)

    drive(NAT, scene)


def test_other_addresses_of_the_service_can_be_looked_at() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "LoadBalancerIP 198.51.100.20:80 (1 of 3)" in frame(app)
        await press(pilot, ["a"])
        assert "NodePort 30080 (2 of 3)" in frame(app)

    drive(NAT, scene)


def test_a_given_client_shows_what_policies_do_with_it() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["i", *"203.0.113.7", "enter"])
        text = frame(app)
        assert "203.0.113.7 → 10.20.0.1" in text
        assert "shop/allow-office" in text
        assert "deny" in text

    drive(WEB, scene)


def test_a_wrong_client_address_is_refused_with_the_reason() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["i", *"300.1.1.1", "enter"])
        assert "300.1.1.1 is not an IPv4 or IPv6 address." in frame(app)

    drive(WEB, scene)


def test_a_headless_service_says_why_nothing_is_drawn() -> None:
    text = shown(AppRequest(demo="seed", service="shop/catalog-db"))
    assert "clients talk to the Pods themselves" in text


def test_playing_the_dsr_plan_in_the_demo_changes_the_cluster() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["3", "enter"])
        assert "Steps: 0 of 5 done" in frame(app)
        await press(pilot, ["space"] * 5)
        assert "Steps: 5 of 5 done" in frame(app)
        await press(pilot, ["escape"])
        assert "keeps  Client address kept." in frame(app)

    drive(NAT, scene)


def test_before_and_after_are_drawn() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["3", "enter", "b"])
        after = frame(app)
        assert "AFTER the plan" in after
        assert "answers go straight to the client" in after
        await press(pilot, ["b"])
        today = frame(app)
        assert "TODAY" in today
        assert "SNAT 203.0.113.10" in today

    drive(NAT, scene)


def test_the_nodeport_policy_asks_for_ranges_and_refuses_nonsense() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["3", "enter"])
        assert "Which client ranges must stay allowed?" in frame(app)
        await press(pilot, [*"0.0.0.0/0", "enter"])
        assert "would filter nothing" in " ".join(frame(app).split())
        await press(pilot, ["backspace"] * 9)
        await press(pilot, [*"203.0.113.0/24", "enter"])
        text = frame(app)
        assert "203.0.113.0/24" in text or "Steps: 0 of" in text

    drive(AppRequest(demo="proxy-all", service="partner/intake"), scene)


def test_help_shows_keys_and_words() -> None:
    text = shown(WEB, ["?"])
    assert "Examination: keys" in text
    assert "Put the client elsewhere" in text


def test_a_deep_link_opens_the_remedy() -> None:
    view = StartView(ViewKind.REMEDY, "use-dsr")
    assert "Prerequisites:" in shown(AppRequest(demo="proxy-all", service="shop/web", view=view))


def test_an_unknown_service_is_named_with_near_ones() -> None:
    text = " ".join(shown(AppRequest(demo="seed", service="shop/wbe")).split())
    assert "shop/wbe" in text
    assert "shop/web" in text


def test_without_a_kubeconfig_the_contexts_screen_offers_the_demo() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        text = frame(app)
        assert "There is no kubeconfig" in text
        assert "demo seed" in text
        await press(pilot, ["enter"])
        assert "shop/web" in frame(app)

    drive(AppRequest(), scene)


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (300, 100)])
def test_no_size_of_the_terminal_breaks_a_screen(size: tuple[int, int]) -> None:
    for request, keys in FRAMES.values():
        assert shown(request, keys, size)


def test_a_selected_pod_says_what_lies_on_every_way_to_it() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["right", "right"])
        text = frame(app)
        assert "Every way from outside to 10.20." in text
        assert "passes SNAT point S1" in text

    drive(WEB, scene)


def test_all_findings_of_the_cluster_are_listed_and_filtered() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["f"])
        text = frame(app)
        assert "in 12 Services" in text
        assert "AD012" in text
        assert "partner/intake" in text
        await press(pilot, ["/", *"code:ad010", "enter"])
        assert "partner/intake" not in frame(app)
        await press(pilot, ["enter"])
        assert "NetworkPolicy shop/allow-office" in frame(app)
        assert "2 Findings" in frame(app)

    drive(SEED, scene)


def test_a_finding_leads_to_its_hop_in_the_drawing_and_escape_leads_back_to_it() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["a", "v", "2", "down", "p"])  # from elsewhere: the hop is of a client outside
        hop = frame(app)
        assert "LoadBalancerIP 198.51.100.20:80 (1 of 3), from a client outside" in hop
        assert "┝━ #2: 2 of 3 endpoints, tunnel" in hop  # the first lane on which AntreaProxy hides the client
        assert "S2 SNAT 203.0.113.10" in hop
        await press(pilot, ["escape"])
        back = frame(app)
        assert "Found (" in back
        assert any("▸" in line and "AD011" not in line and "AD0" in line for line in back.splitlines())
        await press(pilot, ["1"])
        assert "(1 of 2), from a Pod on Node" in frame(app) or "from a Pod on Node" in frame(app)
        await press(pilot, ["escape"])
        assert "Services" in frame(app)

    drive(NAT, scene)


def test_a_finding_of_no_hop_says_so_and_one_without_a_way_out_too() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["2", "down", "p"])
        assert "speaks of no hop" in toasts(app)
        assert "Found (" in frame(app)
        await press(pilot, ["o"])
        assert "No way out mends AD080" in toasts(app)

    drive(AppRequest(demo="rollout", service="shop/web"), scene)


def test_hop_and_way_out_are_greyed_where_no_finding_is_chosen() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["p"])
        assert "Choose a finding first" in toasts(app)

    drive(WEB, scene)


def test_a_finding_leads_to_its_way_out_and_back() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["2", "o"])
        if "Which way out?" in frame(app):
            await press(pilot, ["enter"])
        assert "Prerequisites:" in frame(app)
        await press(pilot, ["escape"])
        assert "Found (" in frame(app)

    drive(NAT, scene)


def test_a_finding_of_the_whole_cluster_opens_its_service_at_that_finding() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["f", "/", *"code:ad011", "enter", "enter"])
        text = frame(app)
        assert "partner/intake" in text
        assert any("▸" in line and "AD011" in line for line in text.splitlines())
        await press(pilot, ["escape"])
        assert "code:ad011" in frame(app)  # the filter and the row are as they were
        await press(pilot, ["p"])
        assert "NodePort 30443" in frame(app)
        assert "SNAT 203.0.113.10" in frame(app)
        await press(pilot, ["escape"])
        assert "Findings (" in frame(app)

    drive(SEED, scene)


def test_a_way_out_opened_from_the_findings_of_the_cluster_leads_back_to_them() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["f", "/", *"code:ad012", "enter", "o"])
        if "Which way out?" in frame(app) or "None of these" in frame(app):
            await press(pilot, ["enter"])
        if "Which client ranges" in frame(app):
            await press(pilot, ["escape"])
        assert "partner/intake" in frame(app)
        await press(pilot, ["escape"])
        assert "code:ad012" in frame(app)

    drive(AppRequest(demo="proxy-all"), scene)


def test_a_click_on_a_tab_turns_to_its_view() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        tabs = app.screen.query_one("#tabs")
        line = frame(app).splitlines()[tabs.region.y]
        for title, shown_then in (("2 Findings", "Found ("), ("3 Ways", "WAY OUT"), ("1 Path", "INGRESS NODE")):
            await pilot.click("#tabs", offset=(line.index(title) - tabs.region.x + 1, 0))
            await settle(pilot)
            assert shown_then in frame(app)

    drive(NAT, scene)


def test_the_wheel_scrolls_the_drawing_and_a_click_selects_a_lane() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        view = app.screen.query_one(PathView)
        for _ in range(3):
            await pilot._post_mouse_events([MouseScrollDown], PathView, offset=(10, 5))  # Textual has no public wheel
        await settle(pilot)
        assert view.scroll_offset.y > 0
        assert "INGRESS NODE" in frame(app)  # headings stay
        assert view.drawing is not None
        lane = view.drawing.region("path:4")
        assert lane is not None
        await pilot.click(PathView, offset=(lane.x + 3, lane.y - int(view.scroll_offset.y)))
        await settle(pilot)
        assert "Path 4:" in frame(app)

    drive(NAT, scene, SIZES["80x24"])
