"""Label selectors as kubectl writes them: `app=web,tier!=db,env in (a,b),!legacy`."""

import re

from diagnostics.model.meta import LabelRequirement
from tui.cli.stop import usage

_KEY = r"(?P<key>[A-Za-z0-9./_-]+)"
_FORMS = (
    (re.compile(rf"{_KEY}\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)"), {"in": "In", "notin": "NotIn"}),
    (re.compile(rf"{_KEY}\s*(?P<operator>==|=|!=)\s*(?P<values>[^\s,=!]*)"), {"=": "In", "==": "In", "!=": "NotIn"}),
    (re.compile(rf"(?P<operator>!?)\s*{_KEY}(?P<values>)"), {"": "Exists", "!": "DoesNotExist"}),
)
_COMMAS = re.compile(r",(?![^()]*\))")


def parse_selector(text: str) -> tuple[LabelRequirement, ...]:
    """The requirements of a selector; all must hold. Raises Stop when it is not understood."""
    return tuple(_requirement(part.strip()) for part in _COMMAS.split(text)) if text.strip() else ()


def _requirement(part: str) -> LabelRequirement:
    for form, operators in _FORMS:
        found = form.fullmatch(part)
        if found:
            operator = operators[found["operator"]]
            values = [] if operator in ("Exists", "DoesNotExist") else [v.strip() for v in found["values"].split(",")]
            return LabelRequirement(key=found["key"], operator=operator, values=values)
    raise usage(f"{part!r} is no label selector; write app=web, app!=web, app in (a,b) or !app.")
