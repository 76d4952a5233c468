"""Every notebook in a real JupyterLab, as a reader meets it: run `make test-browser`."""

import nbformat

from tests.helpers.notebook_lint import CODE

OUTPUT = ".jp-NotebookPanel .jp-OutputArea"


def test_lab_opens_on_the_first_notebook(new_page, lab):
    page = new_page("/?")
    first = min(lab.notebooks.glob("*.ipynb"))
    opened = page.evaluate("() => jupyterapp.shell.currentWidget.context.path")
    assert opened == f"notebooks/{first.name}"


def test_stored_sliders_show_every_frame_where_the_notebook_is_not_trusted(stored, path):
    """JupyterLab then strips the handler that moves the slider; no frame may be lost with it."""
    figures = flips(stored)
    assert len(figures) == outputs(path, "text/html", 'type="range"')
    for figure in figures:
        frames = figure.locator("img")
        assert frames.count() > 1
        for number in range(frames.count()):
            frame = frames.nth(number)
            assert frame.is_visible()
            assert frame.get_attribute("alt")


def test_every_cell_runs(page):
    assert page.ran is True, "a cell raised"
    for kind in ("error", "stderr"):
        mime = f'[data-mime-type="application/vnd.jupyter.{kind}"]'
        assert page.locator(f"{OUTPUT} {mime}").all_inner_texts() == []


def test_formulas_are_typeset(page, path):
    cells = nbformat.read(path, as_version=4).cells
    texts = [CODE.sub("", cell.source) for cell in cells if cell.cell_type == "markdown"]
    # A derivation adds one at least; where the text displays none, its formulas must be there.
    displayed = max(1, sum(text.count("$$") // 2 for text in texts))
    page.wait_for_function(
        """count => document.querySelectorAll(
            '.jp-NotebookPanel mjx-container[display="true"]').length >= count""",
        arg=displayed,
    )
    assert page.locator("mjx-merror").all_inner_texts() == []
    raw = page.eval_on_selector_all(
        ".jp-NotebookPanel .jp-RenderedMarkdown :not(code)",
        """elements => elements.flatMap(e => [...e.childNodes])
            .filter(node => node.nodeType === Node.TEXT_NODE && node.data.includes('$'))
            .map(node => node.data)""",
    )
    assert raw == []


def test_formulas_fit_the_page(page):
    """A formula wider than the column ends in a scroll bar, with its reason out of sight."""
    too_wide = page.eval_on_selector_all(
        ".jp-NotebookPanel .jp-RenderedMarkdown mjx-container[display='true']",
        """formulas => formulas
            .filter(formula => [formula, ...formula.children].some(part =>
                part.getBoundingClientRect().right
                    > formula.closest('.jp-RenderedMarkdown').getBoundingClientRect().right + 1))
            .map(formula => formula.closest('.jp-Cell').innerText.slice(0, 60))""",
    )
    assert too_wide == []


def test_pictures_are_there(page):
    pictures = page.locator(f"{OUTPUT} img")
    assert pictures.count() > 0
    for number in range(pictures.count()):
        decoded = pictures.nth(number).evaluate("img => img.decode().then(() => img.naturalWidth)")
        assert decoded > 100


def test_sliders_over_stored_frames_move(page, path):
    figures = flips(page)
    assert len(figures) == outputs(path, "text/html", 'type="range"')
    for figure in figures:
        slider, frames = figure.locator("input[type=range]"), figure.locator("img")
        assert shown(frames) == [0]
        slider.focus()
        said = [slider.get_attribute("aria-valuetext")]
        for frame in range(1, frames.count()):
            page.keyboard.press("ArrowRight")
            assert shown(frames) == [frame]
            said.append(slider.get_attribute("aria-valuetext"))
            assert figure.locator("output").inner_text() == said[-1]
        assert len(set(said)) == frames.count()
        page.keyboard.press("Home")
        assert shown(frames) == [0]


def test_sliders_of_the_kernel_redraw(page, path):
    boxes = page.locator(f"{OUTPUT} .widget-vbox")
    assert boxes.count() == outputs(path, "text/plain", "Explore: ")
    for number in range(boxes.count()):
        handle, picture = (boxes.nth(number).locator(what) for what in (".noUi-handle", "img"))
        before = picture.screenshot()
        handle.focus()
        old = picture.get_attribute("src")
        page.keyboard.press("End")
        page.wait_for_function(
            "([img, old]) => img.src !== old && img.complete",
            arg=[picture.element_handle(), old],
        )
        assert picture.screenshot() != before


def test_figures_that_can_be_dragged_keep_their_keys(page, path):
    """The page computes them, without the kernel; JupyterLab must not take the keys for its own."""
    figures = page.locator(f"{OUTPUT} figure.explorable")
    assert figures.count() == outputs(path, "text/html", 'class="explorable"')
    cells = page.locator(".jp-Cell").count()
    for figure in figures.all():
        before = figure.get_attribute("data-result")
        figure.locator("svg g[tabindex]").first.focus()
        page.keyboard.press("Shift+ArrowRight")
        assert figure.get_attribute("data-result") != before
        for key in "dd":  # deletes a cell
            page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells


def test_progress_bars_are_seen_and_run_to_their_end(page, path):
    """JupyterLab is interactive (figures.is_interactive), so each bar of the notebook is drawn."""
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    bars = page.locator(f"{OUTPUT} .widget-hbox", has=page.locator(".progress-bar"))
    assert bars.count() == sum(source.count("figures.is_interactive()") for source in sources)
    for text in bars.all_inner_texts():
        assert "100%" in text


def test_nothing_leaves_the_machine_and_nothing_complains(page, lab):
    """Last: it looks back on all that the tests above did on this page."""
    own = (lab.url, "data:", "blob:")
    assert [url for url in page.requests if not url.startswith(own)] == []
    assert page.errors == []


def outputs(path, kind, words):
    """How many stored outputs of this kind hold these words."""
    cells = nbformat.read(path, as_version=4).cells
    data = [o.get("data", {}) for cell in cells for o in cell.get("outputs", [])]
    return sum(words in bundle.get(kind, "") for bundle in data)


def flips(page):
    sliders = page.locator("input[type=range]")
    return page.locator(f"{OUTPUT} figure:not(.explorable)", has=sliders).all()


def shown(frames):
    return [number for number in range(frames.count()) if frames.nth(number).is_visible()]
