"""What real API objects carry beside what the engine reads: identities, labels and notes, and who wrote which field."""

import random
from collections.abc import Iterable
from typing import Any

Object = dict[str, Any]

CREATED = "2026-03-01T08:30:00Z"
_KEYS = (("name",), ("type",), ("containerPort", "protocol"), ("port", "protocol"), ("ip",), ("uid",), ("key",))
"""By which fields the API tells the items of a list apart, the first that the items have."""


def lean(value: Any) -> Any:
    """The value as an API object says it: without what is absent. An empty map stays, as in `podSelector: {}`."""
    if isinstance(value, dict):
        return {key: lean(item) for key, item in value.items() if not _absent(item)}
    return [lean(item) for item in value] if isinstance(value, list) else value


def _absent(value: Any) -> bool:
    return value is None or (not isinstance(value, (bool, dict)) and value in ("", 0, []))


def uid(dice: random.Random) -> str:
    """A UUID."""
    text = f"{dice.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def digest(dice: random.Random) -> str:
    """The digest of an image."""
    return f"sha256:{dice.getrandbits(256):064x}"


def written(item: Object, manager: str, parts: Iterable[str], subresource: str = "", verb: str = "Update") -> Object:
    """An entry of `managedFields`: this manager wrote these top-level parts (`metadata` means labels and notes)."""
    fields: Object = {}
    for part in parts:
        if part == "metadata":
            meta = item["metadata"]
            named = {key: meta[key] for key in ("labels", "annotations", "ownerReferences") if meta.get(key)}
            fields["f:metadata"] = _owned(named, "")
        elif part in item:
            fields[f"f:{part}"] = _owned(item[part], "")
    entry = {"manager": manager, "operation": verb, "apiVersion": item["apiVersion"], "time": CREATED}
    return {
        **entry,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **({"subresource": subresource} if subresource else {}),
    }


def _owned(value: Any, dot: str = ".") -> Object:
    here: Object = {dot: {}} if dot else {}
    if isinstance(value, dict):
        return here | {f"f:{key}": _owned(item) for key, item in value.items()} if value else {}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        for keys in _KEYS:
            if all(key in item for item in value for key in keys):
                return here | {_item(item, keys): _owned(item) for item in value}
    return {}


def _item(item: Object, keys: tuple[str, ...]) -> str:
    said = ",".join(f'"{key}":{item[key]}' if isinstance(item[key], int) else f'"{key}":"{item[key]}"' for key in keys)
    return f"k:{{{said}}}"
