"""What the server of `lossbook lab` does when a page is saved, and where it looks for a style."""

import copy
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lossbook.cli import served
from lossbook.notebook.refresh import LANGUAGE, canonical

FULL = {"name": "python", "version": "3.11.2", "codemirror_mode": {"name": "ipython"}}
FOLD = "jp-MarkdownHeadingCollapsed"


@pytest.fixture
def page(tmp_path):
    """A stored page with a folded section and a folded cell."""
    cells = [
        new_markdown_cell("## More: a proof", id="a-more", metadata={FOLD: True}),
        new_code_cell("1", id="a-code", metadata={"jupyter": {"source_hidden": True}}),
    ]
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / "a page.ipynb"
    path.write_text(canonical(new_notebook(cells=cells)), encoding="utf-8")
    return path


def opened(path):
    """The page as JupyterLab sends it: it was opened, and a kernel told about itself."""
    content = nbformat.read(path, as_version=4)
    content.metadata.language_info = nbformat.from_dict(FULL)
    for cell in content.cells:
        cell.metadata["trusted"] = True
    return content


def saved(path, content):
    """The content that is stored for this one."""
    model = {"type": "notebook", "content": content}
    manager = SimpleNamespace(root_dir=str(path.parents[1]))
    served.keep_page(model=model, path=f"notebooks/{path.name}", contents_manager=manager)
    return model["content"]


def test_a_page_only_read_is_stored_as_it_was(page):
    content = opened(page)
    content.cells[0].metadata.pop(FOLD)  # the reader unfolded both
    content.cells[1].metadata.pop("jupyter")
    content.cells[0].metadata["collapsed"] = False
    assert nbformat.writes(saved(page, content)) + "\n" == page.read_text(encoding="utf-8")


@pytest.mark.parametrize("change", ["source", "output", "cell", "slides", "tag", "kernel"])
def test_what_a_reader_wrote_is_stored(page, change):
    content = opened(page)
    if change == "source":
        content.cells[1].source = "my answer"
    elif change == "output":
        content.cells[1].outputs = [nbformat.v4.new_output("stream", text="1")]
    elif change == "slides":  # a teacher makes slides of the page
        content.cells[0].metadata["slideshow"] = {"slide_type": "slide"}
    elif change == "tag":
        content.cells[1].metadata["tags"] = ["my-tag"]
    elif change == "kernel":
        content.metadata.kernelspec["name"] = "mine"
    else:
        content.cells.append(new_markdown_cell("my note", id="mine"))
    given = copy.deepcopy(content)
    kept = saved(page, content)
    assert kept.metadata.language_info == LANGUAGE
    assert kept.cells == given.cells
    assert kept.metadata.kernelspec == given.metadata.kernelspec


def test_other_notebooks_are_not_touched(page):
    mine = nbformat.read(page, as_version=4)
    mine.metadata.language_info = {"name": "python", "version": "3.10.0"}
    nbformat.write(mine, page)
    content = opened(page)
    assert saved(page, copy.deepcopy(content)) == content


@pytest.mark.parametrize("text", [None, "", "[]", "{}"])
def test_a_new_or_broken_file_is_saved_as_it_is_given(page, text):
    content = opened(page)
    page.unlink()
    if text is not None:
        page.write_text(text)
    assert saved(page, copy.deepcopy(content)) == content


def test_a_file_that_is_no_notebook_is_not_touched(page):
    model = {"type": "file", "content": "text"}
    served.keep_page(model=model, path="a.txt", contents_manager=None)
    assert model == {"type": "file", "content": "text"}


def test_a_style_of_the_users_own_is_found_first():
    server = SimpleNamespace(static_custom_path=["mine"])
    served._link_jupyter_server_extension(server)
    mine, ours = server.static_custom_path
    assert mine == "mine"
    assert "max-width: 58ch" in Path(ours, "custom.css").read_text(encoding="utf-8")
