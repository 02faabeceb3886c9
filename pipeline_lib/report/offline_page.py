"""HTML pages in one file: styles, scripts and data inside, nothing is fetched, and no other script may run."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent
STYLE = FOLDER / "page.css"  # colours, type, controls, tables and paper of every page


def offline_page(
    template: Path,
    values: Mapping[str, Any],
    *,
    sheets: Sequence[Path] = (),
    scripts: Sequence[str] = (),
    filters: Mapping[str, Callable[..., Any]] | None = None,
) -> str:
    """Return the HTML of a Jinja template. What `values` hold is text in it, never markup or script.

    A template sets `title` and includes head.html, which has the style of all pages, then that of `sheets`, and a
    policy that lets the browser run the `scripts` and load nothing. It writes each of `scripts` into an element, and
    data for them as {{ name|json }} into a script element of type application/json. Templates that it includes lie
    beside it or here. `filters` are added to those of Jinja.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {**(filters or {}), "json": as_json}
    style = "".join(path.read_text(encoding="utf-8") for path in (STYLE, *sheets))
    return environment.get_template(template.name).render(
        values,
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        script_hashes=Markup(" ".join(map(_hashed, scripts)) or "'none'"),
    )


def as_json(data: Any) -> Markup:
    """Return JSON for a script element: nothing in it is markup, or ends the element."""
    encoded = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # Without "<" nothing in it can end the script element. Half a surrogate pair cannot be encoded in UTF-8.
    escaped = re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", encoded.replace("<", "\\u003c"))
    return Markup(escaped)


def _hashed(script: str) -> str:
    """Return the source expression that lets a browser run this script and no other."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
