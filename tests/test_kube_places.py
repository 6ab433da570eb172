"""The line of each recorded object: the quick reader of JSON Lists and the parser that counts lines agree."""

from io import BytesIO

from diagnostics.kube.documents import placed_in
from diagnostics.kube.raw_objects import read_raw_placed

TEXT = b"""{
  "apiVersion": "v1",
  "kind": "List",
  "items": [
    {
      "apiVersion": "v1",
      "kind": "Service",
      "metadata": {"name": "a", "namespace": "x"}
    },
    { "apiVersion": "v1", "kind": "Service",
      "metadata": {"name": "b"} }, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c"}},

    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "c"}}
  ]
}
"""


def test_objects_of_a_json_list_have_the_lines_that_a_parser_tells() -> None:
    quick = [(item.name, place.line) for item, place in read_raw_placed(["-"], BytesIO(TEXT))]

    assert quick == [(item["metadata"]["name"], line) for item, line in placed_in(TEXT, "a file")]
    assert quick == [("a", 5), ("b", 10), ("c", 11), ("c", 13)]
