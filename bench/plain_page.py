"""What one would write without a windowed sheet: all tiles in one document, marked by a few lines of script."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.wrappers import Response

from tests.services.serving import serving

SCRIPT = """
<script type="module">
document.getElementById("prompts").style.display = "";
const tiles = [...document.querySelectorAll(".tile")];
document.addEventListener("keydown", (event) => {
  const tile = document.activeElement.closest(".tile");
  const mark = { p: "keep", x: "reject" }[event.key];
  if (!tile || !mark) return;
  tile.dataset.mark = mark;
  const next = tiles[tiles.indexOf(tile) + 1];
  if (next) next.focus();
});
tiles[0].focus();
</script>
"""


def plain_page(sheet: str, tiles: str) -> str:
    """The sheet's own page with these tiles instead of its own, without the sheet's scripts."""
    head, begin, rest = sheet.partition('<div class="prompts" id="prompts" role="presentation">')
    end = rest.rindex("<", 0, rest.index('id="sheet-more"'))  # where that element begins, whatever it is
    hidden = begin.replace(">", ' style="display: none">')  # laid out once and not with every piece that arrives
    page = head + hidden + tiles + "</div></div>" + rest[end:]
    page = re.sub(r'<script src="[^"]*/js/[^"]*" type="module"></script>|<link rel="modulepreload"[^>]*>', "", page)
    return page.replace("</body>", f"{SCRIPT}</body>")


@contextmanager
def served(page: str, origin: str) -> Iterator[str]:
    """The address of a server that answers with this page; its pictures and styles come from `origin`."""
    document = page.replace("<head>", f'<head><base href="{origin}/">', 1)
    with serving(Response(document, mimetype="text/html")) as address:
        yield address
