"""`plan` without a remedy compares all ways out, for people and for programs."""

from headless import doctor


def test_the_table_names_every_way_with_what_it_would_change() -> None:
    ran = doctor("plan shop/web --demo seed")
    assert ran.code == 0
    lines = ran.out.splitlines()
    (row,) = [line for line in lines if line.startswith("use-dsr ")]
    assert "possible" in row
    assert "0 % → 100 %" in row
    assert "CLIENT KEPT: part of the connections" in ran.out
    assert "see antrea-doctor plan shop/web --remedy use-dsr" in ran.out


def test_programs_get_shares_and_who_sees_the_client() -> None:
    document = doctor("plan shop/web --demo proxy-all -o json").json
    assert (document["schemaVersion"], document["service"]) == ("1", "shop/web")
    ways = {way["slug"]: way for way in document["ways"]}
    assert ways["use-dsr"]["before"] == {"own": 0.3333, "hidden": 0.6667, "failing": 0.0, "unknown": 0.0}
    assert ways["use-dsr"]["after"]["own"] == 1.0
    assert ways["use-dsr"]["seesClient"]["podPolicy"] == "keeps"
    assert ways["proxy-protocol"]["seesClient"] == {
        "application": "keeps", "podPolicy": "sometimes", "servicePolicy": "cannot tell",
    }  # fmt: skip
    assert ways["leave-it"]["hasPlan"] is False


def test_a_script_needs_one_way() -> None:
    ran = doctor("plan shop/web --demo seed -o script")
    assert ran.code == 2
    assert "--remedy" in ran.err
