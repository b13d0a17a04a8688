"""The page: its text against expected output, and what a real browser makes of it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from unstall import __version__
from unstall.report.html import html
from unstall.run.results import RunResult

from tests import incident
from tests.report.conftest import EXPECTED, finding, patch, run_of

PROBE = """
<script>
const problems = [], wide = document.documentElement;
if (wide.scrollWidth > wide.clientWidth) problems.push(`the page is ${wide.scrollWidth} wide`);
const shown = element => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
for (const group of document.querySelectorAll("svg g.block")) {
  const box = group.querySelector("rect").getBBox();
  for (const line of group.querySelectorAll("tspan")) {
    const end = line.getEndPositionOfChar(line.getNumberOfChars() - 1).x;
    if (end > box.x + box.width) problems.push(`clipped: ${line.textContent}`);
  }
}
for (const drawing of document.querySelectorAll("figure .scroll svg")) {
  const view = drawing.viewBox.baseVal;
  for (const part of drawing.querySelectorAll("rect, path, text")) {
    const box = part.getBBox();
    if (box.x < 0 || box.y < 0 || box.x + box.width > view.width || box.y + box.height > view.height)
      problems.push(`outside of the picture: ${part.tagName} ${part.textContent || part.getAttribute("d")}`);
  }
}
for (const id of document.querySelectorAll("[aria-labelledby]"))
  for (const name of id.getAttribute("aria-labelledby").split(" "))
    if (!document.getElementById(name)) problems.push(`no ${name}`);
const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
if (new Set(ids).size !== ids.length) problems.push("an id stands twice");
const light = colour => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = element => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (colour !== "rgba(0, 0, 0, 0)") return colour;
  }
};
let contrast = 21;
for (const element of document.querySelectorAll("body *:not(svg *)")) {
  if (![...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !shown(element)) continue;
  const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort();
  const ratio = (b + 0.05) / (a + 0.05);
  if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(1)}: ${element.textContent.slice(0, 30)}`);
  contrast = Math.min(contrast, ratio);
}
const seen = selector => [...document.querySelectorAll(selector)].filter(shown).length;
document.body.textContent = JSON.stringify({
  problems, contrast, dark: matchMedia("(prefers-color-scheme: dark)").matches, width: innerWidth,
  articles: seen("article"), rows: seen("table.source tr"), blocks: seen("g.block"), patch: seen("pre .added"),
  verify: seen("table.verify tbody tr"), starving: seen("table.verify td.starves"), verdict: seen("p.verdict"),
  focusable: document.querySelectorAll("a[href], [tabindex='0'], summary").length,
});
</script>
"""


def stable(page: str) -> str:
    """The page without its style sheet and our version."""
    return re.sub(r"<style>.*?</style>", "<style>…</style>", page, flags=re.DOTALL).replace(__version__, "…")


def test_findings(patched: RunResult, golden: Callable[[str, Path], None]) -> None:
    golden(stable(html(patched)).replace("><", ">\n<"), EXPECTED / "findings-html.html")


def test_files_not_analysed(unread: RunResult, golden: Callable[[str, Path], None]) -> None:
    golden(stable(html(unread)).replace("><", ">\n<"), EXPECTED / "unread-html.html")


def test_it_needs_nothing_else(patched: RunResult) -> None:
    page = html(patched)
    assert not re.search(r"<script|<link|<img|<iframe|@import|https?://", page)
    assert "src=" not in page and page.isascii()


def test_the_patch_is_put_to_the_test(patched: RunResult, unpatched: RunResult) -> None:
    page = html(patched)
    told = re.search(r"<h3>Does the patch help\?</h3>(.*?)<details>", page, re.DOTALL)
    assert told
    assert re.findall(r'scope="colgroup" colspan="2">(.*?)<', told[1]) == ["ready-first", "signal-first"]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", told[1]))
    assert "child_janitor can starve every pass can starve every pass" in words
    assert "Verdict: no-event: fixes it." in words
    assert "confirmed on the reference master (simulated), not on this program" in words
    assert "Does the patch help?" not in html(unpatched)


def test_text_is_never_taken_for_markup() -> None:
    source = incident.source("<b>&.c", incident.TEXT.replace("&now, 0", "<script>"))
    page = html(run_of(source, replace(finding(source), why="<img src=x> & `<i>`")))
    assert "<script>" not in page and "<img" not in page and "<i>" not in page
    assert "&lt;script&gt;" in page


# ------------------------------------------------------------------------------------------------ a browser


def browser() -> str:
    names = ("chromium", "chromium-headless-shell", "google-chrome", "chromium-browser")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on the path")
    return found


def looked_at(page: str, folder: Path, width: int, dark: bool) -> dict[str, Any]:
    """What the probe measures in the page as the browser lays it out."""
    program = browser()
    file = folder / "page.html"
    file.write_text(page.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    words = [
        program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},900", f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--dump-dom",
        file.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"<body[^>]*>(\{.*\})\s*</body>", done.stdout, re.DOTALL)
    assert found, done.stdout[-500:]
    measured: dict[str, Any] = json.loads(found[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
    return measured


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [500, 1280])
def test_everything_is_there_and_nothing_is_clipped(width: int, dark: bool, tmp_path: Path) -> None:
    source = incident.source()
    first = replace(finding(source), fixes=(patch(source),))
    seen = looked_at(html(run_of(source, first, finding(source))), tmp_path, width, dark)
    assert seen["problems"] == []
    assert (seen["dark"], seen["width"]) == (dark, width)
    assert seen["articles"] == 2
    assert (seen["rows"], seen["blocks"], seen["patch"]) == (26, 26, 3)
    assert (seen["verify"], seen["starving"], seen["verdict"]) == (3, 6, 1)  # of the one that has a patch
    assert seen["focusable"] == 1 + 2 + 4 + 2 + 2  # a skip link, two of the contents, regions, summaries
