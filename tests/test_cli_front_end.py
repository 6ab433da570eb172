"""The operator says how packets reach the Nodes: on the command line, and by a key in the app."""

from unittest.mock import patch

from textual.pilot import Pilot

from driving import drive, frame, press
from headless import doctor
from tui.app import DoctorApp
from tui.request import AppRequest


def told(line: str) -> dict[str, object]:
    service = doctor(f"path shop/web --demo dsr -o json {line}").json["services"][0]
    return {"front end": service["frontEnd"], "client address": service["clientAddress"]}


def test_what_the_cluster_tells_is_in_the_document_with_evidence() -> None:
    found = told("")
    assert found["front end"] == {
        "provider": "MetalLB",
        "arrives": "lb-ip",
        "told": False,
        "why": "MetalLB hands packets on with the load-balancer IP as destination.",
        "basis": "documented",
        "source": "https://metallb.io/concepts/",
        "evidence": [
            {
                "object": "Service shop/web",
                "field": "metadata.annotations[metallb.io/ip-allocated-from-pool]",
                "value": "office",
            }
        ],
    }
    assert found["client address"] == {
        "verdict": "keeps",
        "why": "Client address kept. That is how packets arrive (MetalLB); NodePorts would differ.",
    }


def test_the_operator_knows_better() -> None:
    text = doctor("path shop/web --demo dsr --frontend node-port").out
    assert "2 of 3 from node-b" in text or "2 of 3 endpoints from node-b" in text
    assert "You said that MetalLB dials a Node's address and nodePort." in " ".join(text.split())
    found = told("--frontend node-port")
    assert isinstance(found["front end"], dict)
    assert found["front end"]["told"] is True
    assert isinstance(found["client address"], dict)
    assert found["client address"]["verdict"] == "sometimes"


def test_markdown_and_table_say_the_same_of_the_front_end() -> None:
    for form in ("table", "wide", "markdown"):
        said = " ".join(doctor(f"path shop/web --demo dsr -o {form}").out.split())
        assert "MetalLB hands packets on with the load-balancer IP as destination." in said


def test_a_wrong_answer_is_told_in_one_sentence() -> None:
    ran = doctor("path shop/web --demo dsr --frontend cloud")
    assert ran.code == 2
    assert "lb-ip" in ran.err
    assert "node-port" in ran.err


def test_check_and_plan_take_the_answer_too() -> None:
    assert doctor("check shop/web --demo dsr --frontend lb-ip --fail-on never --allow-incomplete").code == 0
    assert doctor("plan shop/web --demo proxy-all --remedy use-dsr --frontend lb-ip").code == 0


def test_a_key_says_how_packets_arrive_and_the_verdict_follows_everywhere() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "keeps  Client address kept." in frame(app)
        await press(pilot, ["e"])
        assert "(as you said)" in frame(app)
        await press(pilot, ["e"])
        assert "sometimes" in frame(app)
        assert "the load-balancer IP would differ" in " ".join(frame(app).split())
        await press(pilot, ["escape"])
        line = next(line for line in frame(app).splitlines() if "shop/web" in line)
        assert "sometimes" in line
        await press(pilot, ["ctrl+r"])
        line = next(line for line in frame(app).splitlines() if "shop/web" in line)
        assert "sometimes" in line, "a newer reading keeps the answer"

    drive(AppRequest(demo="dsr", service="shop/web"), scene)


def test_the_answer_of_the_command_line_holds_in_the_app() -> None:
    from tui.cli.parser import parse

    request = parse(["--demo", "dsr", "--frontend", "node-port", "shop/web"], "antrea-doctor").request

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        assert "sometimes" in frame(app)

    drive(request, scene)


def test_a_service_without_load_balancer_says_so() -> None:
    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        said: list[str] = []
        with patch.object(app, "notify", lambda text, **settings: said.append(text)):
            await press(pilot, ["e"])
        assert said == ["No load balancer stands before this Service: clients dial its NodePorts or externalIPs."]

    drive(AppRequest(demo="seed", service="monitoring/node-metrics"), scene)
