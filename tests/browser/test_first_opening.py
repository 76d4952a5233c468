"""A page of the course that is opened for the first time: what it looks like, what may be run."""

import re

import nbformat
import pytest

from lossbook.notebook.cold import CURE

FOLDED = "jp-MarkdownHeadingCollapsed"

# What a reader may run first, and how such a cell is known.
KINDS = {
    "derivation": re.compile(r"\A%%derive"),
    "explore": re.compile(r"\bfigures\.explore\("),
    "slider": re.compile(r"\bfigures\.frames_slider\("),
    "code": re.compile(r"\A(?!%%)(?!.*\bfigures\.(?:explore|frames_slider)\().*\bnp\.", re.DOTALL),
}


@pytest.fixture
def slider(new_page, installed_lab):
    """Open a notebook and press the right arrow on its first stored slider; the frames in view."""

    def move(path):
        address = f"/lab/workspaces/first-{path.stem}/tree/notebooks/{path.name}?reset&"
        page = new_page(address, installed_lab)
        page.wait_for_selector("figure input[type=range]")
        figure = page.locator("figure", has=page.locator("input[type=range]")).first
        figure.locator("input[type=range]").focus()
        page.keyboard.press("ArrowRight")
        frames = figure.locator("img")
        return [n for n in range(frames.count()) if frames.nth(n).is_visible()], frames.count()

    return move


def test_unchanged_notebook_is_trusted(slider, installed_lab):
    seen, _ = slider(installed_lab.plain)
    assert seen == [1]


def test_changed_notebook_is_not_trusted(slider, installed_lab):
    """It may hold anything: JupyterLab shows every frame and runs no handler."""
    seen, count = slider(installed_lab.changed)
    assert seen == list(range(count))
    assert count > 1


@pytest.fixture(scope="module")
def first(path, new_page, first_lab):
    """A page that was opened, and nothing else, in a new clone."""
    page = new_page(
        f"/lab/workspaces/cold-{path.stem}/tree/notebooks/{path.name}?reset&", first_lab
    )
    yield page
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()


def save(page):
    """Save the page, as JupyterLab does by itself every two minutes."""
    page.evaluate("() => jupyterapp.shell.currentWidget.context.save()")


def test_reading_a_page_changes_no_file(first, first_lab, path):
    version = "() => jupyterapp.shell.currentWidget.model.getMetadata('language_info').version"
    assert first.evaluate(version)  # so there is something to be saved
    save(first)
    assert first_lab.status(f"notebooks/{path.name}") == ""
    cell = first.locator(".jp-MarkdownCell", has=first.locator("h2")).first
    cell.hover()
    cell.locator(".jp-collapseHeadingButton").click()
    assert first.evaluate("() => jupyterapp.shell.currentWidget.model.dirty")
    save(first)
    assert first_lab.status(f"notebooks/{path.name}") == ""


def test_sections_stored_folded_open_on_a_click(first, first_lab, path):
    cells = nbformat.read(path, as_version=4).cells
    folded = [n for n, cell in enumerate(cells) if cell.metadata.get(FOLDED)]
    if not folded:
        pytest.skip("no folded section on this page")
    shown = first.locator(".jp-Notebook .jp-Cell")
    for number in folded:
        assert shown.nth(number).is_visible()
        assert not shown.nth(number + 1).is_visible()
    shown.nth(folded[0]).hover()
    shown.nth(folded[0]).locator(".jp-collapseHeadingButton").click()
    shown.nth(folded[0] + 1).wait_for(state="visible")
    save(first)
    assert first_lab.status(f"notebooks/{path.name}") == ""


def test_no_news_are_offered(first):
    assert first.locator(".Toastify__toast").all_inner_texts() == []


def test_lines_of_text_have_at_most_80_characters(first):
    lines = first.evaluate(
        """() => {
            const long = [];
            for (const p of document.querySelectorAll('.jp-MarkdownOutput > p')) {
                if (p.querySelector('mjx-container, img')) continue;
                const height = parseFloat(getComputedStyle(p).lineHeight);
                const lines = Math.round(p.getBoundingClientRect().height / height);
                if (lines > 2) long.push(p.innerText.length / lines);
            }
            return long;
        }"""
    )
    assert lines
    assert max(lines) <= 80
    assert max(lines) > 50  # it is not narrow, either


def run_cold(page, kind):
    """Run the last cell of a kind in a kernel that has run nothing: whether it ran, its outputs."""
    return page.evaluate(
        """async kind => {
            const panel = jupyterapp.shell.currentWidget, {cells} = panel.model;
            const of_kind = new RegExp(kind, 's');
            let last = cells.length - 1;
            for (; last >= 0; last--) {
                const cell = cells.get(last);
                if (cell.type === 'code' && of_kind.test(cell.sharedModel.getSource())) break;
            }
            if (last < 0) return null;
            panel.content.deselectAll();
            panel.content.activeCellIndex = last;
            const ran = await jupyterapp.commands.execute('notebook:run-cell');
            return [ran, cells.get(last).outputs.toJSON()];
        }""",
        kind.pattern.replace(r"\A", "^"),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_any_cell_may_be_run_first(first, kind):
    ran, outputs = run_cold(first, KINDS[kind]) or pytest.skip(f"no {kind} on this page")
    assert "error" not in [output["output_type"] for output in outputs]
    if kind == "derivation":
        assert ran
    else:
        said = "".join(output.get("text", "") for output in outputs)
        assert said.endswith(CURE.partition("{name}")[2] + "\n")


def test_a_typo_of_the_readers_own_keeps_its_traceback(first, first_lab, path):
    first.evaluate(
        """async () => {
            await jupyterapp.commands.execute('notebook:insert-cell-below');
            const {activeCell} = jupyterapp.shell.currentWidget.content;
            activeCell.model.sharedModel.setSource('prnt(1)');
            await jupyterapp.commands.execute('notebook:run-cell');
        }"""
    )
    error = first.evaluate(
        "() => jupyterapp.shell.currentWidget.content.activeCell.model.outputs.toJSON()[0]"
    )
    assert (error["output_type"], error["ename"]) == ("error", "NameError")
    assert len(error["traceback"]) > 1
    save(first)
    assert first_lab.status(f"notebooks/{path.name}") != ""


def test_the_links_of_a_page_open_the_others(new_page, first_lab):
    """By steps to the next chapter, its exercises, their solutions and the next chapter again."""
    page = new_page(
        "/lab/workspaces/links/tree/notebooks/04_softmax_cross_entropy.ipynb?reset&", first_lab
    )
    for link, file in (
        ("5 · The Lagrangian, repaired →", "notebooks/05_lagrangian.ipynb"),
        ("exercises", "exercises/05_lagrangian_exercises.ipynb"),
        ("solutions", "exercises/solutions/05_lagrangian_solutions.ipynb"),
        ("6 · The hinge →", "notebooks/06_hinge.ipynb"),
    ):
        shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        shown.get_by_role("link", name=link, exact=True).first.click()
        page.wait_for_function(
            """file => {
                const panel = jupyterapp.shell.currentWidget;
                return panel.context?.path === file && panel.context.isReady;
            }""",
            arg=file,
        )
    page.context.close()
