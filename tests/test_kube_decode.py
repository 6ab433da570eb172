"""Answers of an API server become harmless facts, whatever is in them."""

import json
import threading
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.kube.decode import decode_list, decode_object
from diagnostics.kube.harmless import harmless, without_nulls
from diagnostics.kube.kinds import KINDS, SOURCE_OF
from diagnostics.model.service import EndpointSlice, Service
from diagnostics.model.snapshot import Reason, Source
from diagnostics.model.text import REPLACEMENT, UNSAFE, plain

WITHOUT_SURROGATES = st.characters(exclude_categories=["Cs"])
DANGEROUS = st.sampled_from('\x00\x07\b\t\n\x0c\r\x1b\x7f\x85\x9b\xad\u200b\u202e\u2066\ufeff\ufe0f\U000e0041\\"/u0')
TEXT = st.text(st.one_of(WITHOUT_SURROGATES, DANGEROUS))


def body(*items: Any, **more: Any) -> bytes:
    return json.dumps({"kind": "List", "metadata": {"resourceVersion": "7"}, "items": list(items), **more}).encode()


def service(name: str = "web", **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "shop"}, **more}


def only(raw: bytes, source: Source = Source.SERVICES) -> Any:
    decoded = decode_list(source, raw)
    assert decoded.gaps == ()
    (item,) = decoded.items
    return item


@given(TEXT, st.booleans())
def test_every_text_comes_out_as_plain_would_make_it(text: str, as_escapes: bool) -> None:
    item = {"metadata": {"name": "web", "annotations": {"note": text}}}
    raw = json.dumps({"items": [item]}, ensure_ascii=as_escapes).encode()
    assert only(raw).metadata.annotations["note"] == plain(text)


@given(TEXT, TEXT)
def test_text_around_dangerous_text_and_in_keys_stays(key: str, text: str) -> None:
    raw = json.dumps(
        {"items": [{"metadata": {"name": "web", "labels": {key: text, "last": "世界 🙂\n\tend"}}}]}
    ).encode()
    assert only(raw).metadata.labels == {plain(key): plain(text), "last": "世界 🙂\n\tend"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"\ud800", REPLACEMENT),
        (rb"\ude00x", f"{REPLACEMENT}x"),
        (rb"\ud83d\ud83d\ude00", f"{REPLACEMENT}\N{GRINNING FACE}"),
        (rb"\uD83D\uDE00", "\N{GRINNING FACE}"),
        (rb"\udb40\udc41", REPLACEMENT),
        (rb"\\u001b[31m", r"\u001b[31m"),
        (rb"\\\u001b[31m", f"\\{REPLACEMENT}[31m"),
        (rb"\u003cb\u003e \u0026", "<b> &"),
        (rb"a\/b", "a/b"),
        (b"\xff\xfe", REPLACEMENT * 2),
        (b"\xed\xa0\x80", REPLACEMENT * 3),
        (b"tab\there", "tab\there"),
        (b"bell\x07", f"bell{REPLACEMENT}"),
    ],
)
def test_odd_spellings_of_characters(written: bytes, read: str) -> None:
    raw = b'{"items":[{"metadata":{"name":"web","annotations":{"x":"' + written + b'"}}}]}'
    decoded = decode_list(Source.SERVICES, raw)
    if b"\there" in written:  # a raw tab in a string is not JSON, and must not pass as something else
        assert decoded.gaps[0].reason is Reason.NOT_UNDERSTOOD
    else:
        assert decoded.items[0].metadata.annotations["x"] == read


def test_an_ordinary_body_is_not_touched() -> None:
    raw = body(service(metadata={"name": "ok", "annotations": {"x": '{"a":"b"}\n<b>'}}))
    assert harmless(raw) is raw
    assert without_nulls(raw) is raw


NULL_FIELDS = [
    {"metadata": {"name": "web", "labels": None, "annotations": None}, "endpoints": None, "ports": None},
    {"metadata": {"name": "web"}, "addressType": None, "endpoints": [{"addresses": None, "conditions": {}}]},
    {"metadata": {"name": "web"}, "endpoints": [{"addresses": ["10.0.0.1"], "conditions": None, "targetRef": None}]},
    {"metadata": {"name": "web"}, "endpoints": [{"conditions": {"ready": None, "serving": None}, "hints": None}]},
    {"metadata": {"name": "web"}, "endpoints": [None], "ports": [None, {"name": None, "port": None}]},
    {"metadata": {"name": "web"}, "endpoints": [{"hints": {"forZones": None}, "nodeName": None}]},
    {"metadata": {"name": "web"}},
]


@pytest.mark.parametrize("item", NULL_FIELDS)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), ("\n , ", " :\n ")])
def test_null_and_absent_mean_the_same(item: dict[str, Any], separators: tuple[str, str]) -> None:
    raw = json.dumps({"items": [item]}, separators=separators).encode()
    found = only(raw, Source.SLICES)
    assert isinstance(found, EndpointSlice)
    assert found.metadata.name == "web"
    assert all(endpoint.conditions.ready for endpoint in found.endpoints)
    assert found.address_type == "IPv4"


HOSTILE_TEXTS = ['"a":null', ":null", '{"a":null}', ',"a":null,', '\\"a\\":null', "null", '":null', "{", ",", "[null]"]


@given(
    st.dictionaries(
        st.one_of(
            st.sampled_from(["a", "b.c/d", *HOSTILE_TEXTS]),
            st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=4),
        ),
        st.one_of(st.none(), st.sampled_from(HOSTILE_TEXTS), st.text(max_size=4)),
    ),
    st.booleans(),
)
def test_dropping_nulls_never_touches_text(labels: dict[str, str | None], compact: bool) -> None:
    item: dict[str, Any] = {"metadata": {"name": "web", "labels": labels, "annotations": {"end": '"k":null'}}}
    raw = json.dumps({"items": [item]}, separators=(",", ":") if compact else None).encode()
    found = only(raw)
    assert found.metadata.labels == {plain(key): plain(value) for key, value in labels.items() if value is not None}
    assert found.metadata.annotations == {"end": '"k":null'}


@pytest.mark.parametrize("source", KINDS)
def test_every_kind_survives_an_object_with_nothing_but_a_name(source: Source) -> None:
    nothing = {"metadata": {"name": "x"}, "spec": None, "status": None}
    items: list[dict[str, Any]] = [{"metadata": {"name": "x"}}, nothing, {**nothing, "unknown": {"future": [1, None]}}]
    for item in items:
        assert only(body(item), source).metadata.name == "x"


@pytest.mark.parametrize("source", KINDS)
def test_every_kind_is_found_again_by_group_and_kind_and_path(source: Source) -> None:
    kind = KINDS[source]
    assert SOURCE_OF[kind.group, kind.kind] is source
    assert kind.path("things").endswith(f"/{kind.version}/things")
    assert source.value == f"{source.value.split('.')[0]}.{kind.group}".rstrip(".")


def test_numbers_as_strings_and_large_numbers_survive() -> None:
    spec = {"ports": [{"port": "80", "nodePort": "30080", "targetPort": "http"}, {"port": 2**70, "targetPort": 8080}]}
    found = only(body(service(spec=spec)))
    assert [port.port for port in found.spec.ports] == [80, 2**70]
    assert [port.target_port for port in found.spec.ports] == ["http", 8080]


def test_one_bad_object_costs_only_itself_and_is_named() -> None:
    decoded = decode_list(
        Source.SERVICES, body(service("good"), service("bad", spec="what"), service("fine")), namespace="shop"
    )
    assert [item.metadata.name for item in decoded.items] == ["good", "fine"]
    (gap,) = decoded.gaps
    assert gap.partial
    assert gap.reason is Reason.NOT_UNDERSTOOD
    assert gap.namespace == "shop"
    assert "1 object was left out: shop/bad (Expected `object`, got `str` - at `$.spec`)." in gap.detail


def test_many_bad_objects_are_counted_and_few_named() -> None:
    bad: list[Any] = [service(f"bad-{number}", metadata=[number]) for number in range(5)] + [{}, 7, None]
    decoded = decode_list(Source.SERVICES, body(service("good"), *bad))
    assert len(decoded.items) == 1
    assert "8 objects were left out" in decoded.gaps[0].detail
    assert decoded.gaps[0].detail.count("without a readable name") == 3
    assert "and 5 more" in decoded.gaps[0].detail


def test_names_of_bad_objects_are_harmless_too() -> None:
    decoded = decode_list(Source.SERVICES, body({"metadata": {"name": "a\x1b]52;c;x\x07"}, "spec": 1}))
    assert not UNSAFE.search(decoded.gaps[0].sentence)


BODIES = [
    (b"", "empty"),
    (b"  \n", "empty"),
    (b"<!doctype html><html>Sign in</html>", "a web page"),
    (body(service())[:-20], "ended in the middle"),
    (b'{"items":[{"metadata":{"name":"x"}}', "ended in the middle"),
    (b"upstream connect error", "not the expected JSON"),
    (b'{"kind":"Status","status":"Failure","message":"no\x1b[31m"}', "The server said: no"),
    (b'{"kind":"Status","code":200}', "a Status without a message"),
    (b'{"kind":"APIVersions","versions":["v1"]}', "of kind APIVersions"),
    (b"[]", "not the expected JSON"),
    (b"null", "not the expected JSON"),
    (b'"text"', "not the expected JSON"),
    (b'{"items":{}}', "not the expected JSON"),
    (b'{"items":[' + b"[" * 50_000 + b"]" * 50_000 + b"]}", "not the expected JSON"),
    (b"\x1f\x8b\x08\x00broken", "not the expected JSON"),
]


@pytest.mark.parametrize(("raw", "said"), BODIES)
def test_what_is_no_list_becomes_a_gap_that_says_what_came(raw: bytes, said: str) -> None:
    decoded = decode_list(Source.NODES, raw)
    assert decoded.items == ()
    (gap,) = decoded.gaps
    assert (gap.source, gap.reason, gap.partial) == (Source.NODES, Reason.NOT_UNDERSTOOD, False)
    assert said in gap.detail
    assert not UNSAFE.search(gap.detail)
    assert "\n" not in gap.detail


@given(st.binary(max_size=60))
def test_no_bytes_raise(raw: bytes) -> None:
    for around in (raw, b'{"items":[' + raw + b"]}", b'{"items":[{"metadata":{"name":"' + raw + b'"}}]}'):
        decode_list(Source.SERVICES, around)
        decode_object(Source.CONFIG_MAPS, around)


def test_an_empty_list_is_no_gap_even_when_go_writes_it_as_null() -> None:
    assert decode_list(Source.SERVICES, b'{"kind":"ServiceList","metadata":{},"items":null}').gaps == ()
    assert decode_list(Source.SERVICES, b'{"kind":"ServiceList","metadata":{},"items":[]}').gaps == ()


def test_the_token_of_the_next_page_comes_along_from_good_and_bad_pages() -> None:
    page = {"continue": "abc", "remainingItemCount": 2}
    assert decode_list(Source.SERVICES, body(service(), metadata=page)).continue_token == "abc"
    assert decode_list(Source.SERVICES, body(service(), 7, metadata=page)).continue_token == "abc"


def test_a_single_object_is_a_list_of_one_and_a_status_is_a_gap() -> None:
    raw = json.dumps({"kind": "ConfigMap", "metadata": {"name": "antrea-config"}, "data": {"a": "b"}}).encode()
    (found,) = decode_object(Source.CONFIG_MAPS, raw).items
    assert found.data == {"a": "b"}
    status = decode_object(Source.CONFIG_MAPS, b'{"kind":"Status","message":"gone"}')
    assert "The server said: gone" in status.gaps[0].detail


def test_facts_are_frozen_and_threads_may_decode_together() -> None:
    raw = body(*(service(f"s-{number}") for number in range(2000)))
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(decode_list(Source.SERVICES, raw).items))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2000] * 4
    item: Service = only(body(service()))
    with pytest.raises(AttributeError):
        item.spec = msgspec.UNSET  # type: ignore[misc,assignment]
