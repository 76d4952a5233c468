"""The website that `make site` built: each page is read in Chromium, without a network."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    *sorted(ROOT.glob("notebooks/*.ipynb")),
    *sorted(ROOT.glob("exercises/*.ipynb")),
    *sorted(ROOT.glob("exercises/solutions/*.ipynb")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/api/*.md")),
]
PAGES = [source.relative_to(ROOT).with_suffix(".html").as_posix() for source in SOURCES]
CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]
HEAVIEST = 1_000_000  # bytes of a page and its pictures, without what all pages share
PHONE = 360  # CSS pixels
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}

RAW = r"""() => {
  const texts = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const found = [];
  for (let text; text = texts.nextNode();)
    if (!text.parentElement.closest("pre, code, script, mjx-container")
        && /\$[^$]+\$|\\[a-z]{2}/.test(text.data)) found.push(text.data.trim().slice(0, 80));
  return found;
}"""
THEME = "name => Object.assign(document.documentElement.dataset, {theme: name, mode: name})"


@pytest.mark.parametrize("page", PAGES)
def test_page_reads_in_a_browser(site, tab, open_page, page):
    from axe_playwright_python.sync_playwright import Axe

    tab.set_viewport_size({"width": 1280, "height": 900})
    assert open_page(tab, (site / page).as_uri()) == ([], [])

    formulas = tab.locator("mjx-container").count()
    # One missing part of MathJax leaves a whole page raw, without an error.
    assert formulas == tab.locator(".math").count() or formulas > 0
    assert (formulas > 0) or page not in CHAPTERS
    assert tab.locator("[data-mml-node=merror]").count() == 0
    assert tab.evaluate(RAW) == []
    assert tab.locator("article img:not([alt]), article img[alt$=png]").count() == 0

    for theme in ("light", "dark"):
        tab.evaluate(THEME, theme)
        found = Axe().run(tab, options=RULES).response["violations"]
        shown = [(rule["id"], node["html"][:120]) for rule in found for node in rule["nodes"]]
        assert not shown, theme

    tab.set_viewport_size({"width": PHONE, "height": 740})
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= PHONE


@pytest.mark.parametrize("page", PAGES)
def test_page_is_light(site, page):
    path = site / page
    pictures = {link for link in Page(path).links if "_images/" in link}
    parts = [path, *(path.parent / unquote(link) for link in pictures)]
    assert sum(part.stat().st_size for part in parts) <= HEAVIEST


class Page(HTMLParser):
    """The ids and the internal links of a page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        link = attributes.get("href") or attributes.get("src")
        if link and ":" not in link:
            self.links.append(link)


def test_every_internal_link_leads_somewhere(site):
    paths = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    pages = {path: Page(path) for path in paths}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            name, fragment = urldefrag(link)
            name, _, _ = name.partition("?")
            target = (path.parent / unquote(name)).resolve() if name else path
            ids = pages[target].ids if target in pages else {fragment}
            if not target.exists() or (fragment and unquote(fragment) not in ids):
                broken.append((path.name, link))
    assert not broken


def test_equation_links_in_both_directions(site):
    """Chapter 8 names (5.8), chapter 5 names equations of later chapters or earlier ones."""
    links = {path.stem: Page(path).links for path in (site / "notebooks").glob("*.html")}
    to_others = {
        name: [link for link in found if "#eq-" in link and not link.startswith("#")]
        for name, found in links.items()
    }
    assert any("05_lagrangian.html#eq-5" in link for link in to_others["08_one_picture"])
    assert sum(map(len, to_others.values())) > 20


def test_search_works_without_a_server(site, tab):
    tab.goto((site / "search.html").as_uri() + "?q=hinge")
    tab.wait_for_selector("#search-results li")


def test_slider_moves_without_a_kernel(site, tab, open_page):
    open_page(tab, (site / "notebooks/02_squared_error.html").as_uri())
    figure = tab.locator("figure:has(input[type=range])").first
    before = figure.locator("output").inner_text()
    figure.locator("input").focus()
    tab.keyboard.press("ArrowRight")
    assert figure.locator("output").inner_text() != before


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    import notebook_pages

    return notebook_pages


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("by (5.8) and (3.3)", ["5.8", "3.3"]),
        ("by (5.10b),", ["5.10b"]),
        ("西瓜书 (6.2) has it", []),  # a number of another book
        ("at $f(5.8)$ and `(5.8)`", []),  # a formula, code
        ("[see (5.8)](05.ipynb)", []),  # already a link
        ("version (9.99)", []),  # no equation of the course
    ],
)
def test_which_numbers_are_equations(reader, monkeypatch, text, links):
    monkeypatch.setattr(reader, "equations", lambda: {"5.8", "3.3", "5.10b", "6.2"})
    assert reader.link_equations(text).count("{ref}") == len(links)
    assert all(f"`({n}) <eq-{n}>`" in reader.link_equations(text) for n in links)


def test_collapsed_section_is_one_fold(reader):
    from nbformat.v4 import new_code_cell, new_markdown_cell

    cells = [
        new_markdown_cell("## More: $x$", metadata={reader.COLLAPSED: True}),
        new_markdown_cell("### within"),
        new_code_cell("1"),
        new_markdown_cell("## next"),
    ]
    fold, within, _, end, after = reader.closed_sections(cells)
    assert fold.source.startswith('<details class="more"><summary>More: <span class="math')
    assert within.source.startswith('<p class="heading"')  # no section begins inside
    assert (end.source, after.source) == ("</details>", "## next")
