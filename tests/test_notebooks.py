"""The stored notebooks are clean, and the check of that finds every defect it is there for.

nbval runs the notebooks themselves and compares their outputs (see pyproject.toml).
"""

import base64
import io
import re
from pathlib import Path

import nbconvert
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from lossbook.notebook.refresh import canonical
from tests.helpers import notebook_lint

ROOT = Path(__file__).parents[1]
FOLDERS = ("notebooks", "exercises", "exercises/solutions")
# The head of a section, or a label.
PLACES = re.compile(r"(?m)(?:^(##+ (?:More: )?)|\\tag\{)\d\.(\d+)")
NOTEBOOKS = [path for folder in FOLDERS for path in sorted(ROOT.glob(f"{folder}/*.ipynb"))]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_stored_notebook_is_clean(path):
    notebook = nbformat.read(path, as_version=4)
    found = notebook_lint.defects(notebook)
    assert not found, "\n".join([f"{path.name} has defects", *found])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_stored_notebook_is_canonical(path):
    text = canonical(nbformat.read(path, as_version=4))
    assert path.read_bytes() == text.encode(), f"{path.name}: store it with `make refresh`"


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", sorted(ROOT.glob("notebooks/0[1-8]*.ipynb")), ids=lambda p: p.stem)
def test_equation_is_in_the_section_of_its_number(path):
    """Or next door, where one derivation serves two sections: so (7.3b) is found in 7.3."""
    section, ahead = 0, []
    for cell in nbformat.read(path, as_version=4).cells:
        for head, number in PLACES.findall(cell.source):
            if head:
                section = int(number)
            else:
                ahead.append(int(number) - section)
    assert set(ahead) <= {-1, 0, 1}


def test_nbconvert_keeps_alt_texts_and_the_suffix_py():
    notebook = nbformat.read(min(ROOT.glob("notebooks/*.ipynb")), as_version=4)
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    pictures = notebook_lint.IMAGE.findall(page)
    assert pictures
    assert not [tag[-200:] for tag in pictures if "No description has been provided" in tag]
    _, resources = nbconvert.ScriptExporter().from_notebook_node(notebook)
    assert resources["output_extension"] == ".py"


# A small clean notebook, and one defect at a time.


def png(width=40, blank=False):
    pixels = np.full((30, width, 3), 255, dtype=np.uint8)
    pixels[:, : 0 if blank else 10] = 0
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def stdout(text):
    return new_output("stream", name="stdout", text=text)


def picture(data, alt="A bowl."):
    shown = {"image/png": data, "text/plain": "Figure 1"}
    return new_output("display_data", data=shown, metadata={"image/png": {"alt": alt}})


def text_form():
    return new_output("display_data", data={"text/plain": "Figure 1. A\nWhat to see: B\n  c: 1"})


def markup(data, alt='alt="A bowl."'):
    html = f'<img src="data:image/png;base64,{data}" {alt}>'
    return new_output("display_data", data={"text/html": html})


@pytest.fixture
def notebook():
    code = [
        new_code_cell("x = 0.125", id="sq-start"),
        new_code_cell("print(x)", id="sq-print", outputs=[stdout("0.125 1.5e-16\n")]),
        new_code_cell("show()", id="sq-show", outputs=[picture(png()), text_form()]),
        new_code_cell("flip()", id="sq-flip", outputs=[markup(png()), text_form()]),
    ]
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
    text = new_markdown_cell("$$r = f - y$$ and `$$` in code", id="sq-residual")
    return new_notebook(cells=[text, *code])


def test_clean_notebook_has_no_defects(notebook):
    assert notebook_lint.defects(notebook) == []


def cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def setting(name, **attributes):
    return lambda nb: cell(nb, name).update(attributes)


def showing(*outputs):
    return lambda nb: cell(nb, "sq-print").update(outputs=list(outputs))


DEFECTS = {
    "never run": (setting("sq-print", execution_count=None), "sq-print: execution count None"),
    "run twice": (setting("sq-print", execution_count=7), "sq-print: execution count 7"),
    "error": (
        showing(new_output("error", ename="ValueError", evalue="no", traceback=[])),
        "sq-print: stores the error ValueError: no",
    ),
    "stderr": (
        showing(new_output("stream", name="stderr", text="Warning: x")),
        "sq-print: writes to stderr",
    ),
    "semicolon": (setting("sq-print", source="x;\n"), "sq-print: ends in ';'"),
    "tag": (
        setting("sq-print", metadata=nbformat.from_dict({"tags": ["nbval-ignore-output"]})),
        "sq-print: nbval-ignore-output switches",
    ),
    "comment": (setting("sq-print", source="# NBVAL_SKIP\nx"), "sq-print: NBVAL_SKIP switches"),
    "address": (showing(stdout("<object at 0x7f3a5c0>")), "sq-print: says '0x7f3a5c0'"),
    "path": (showing(stdout("File /home/me/x.py")), "sq-print: says '/home/'"),
    "Windows path": (showing(stdout(r"C:\Users\me")), r"sq-print: says 'C:\\Users'"),
    "time": (showing(stdout("at 2026-01-31 12:00")), "sq-print: says '2026-01-31 12:00'"),
    "decimals": (showing(stdout("0.1234567")), "sq-print: says '0.1234567'"),
    "decimals of a result": (
        showing(new_output("execute_result", data={"text/plain": "1.23456789"})),
        "sq-print: says '1.23456789'",
    ),
    "other kind": (
        showing(new_output("display_data", data={"image/jpeg": ""})),
        "sq-print: shows image/jpeg",
    ),
    "random id": (setting("sq-print", id="3f2a9c1e"), "3f2a9c1e: the id"),
    "uuid": (
        setting("sq-print", id="3f2a9c1e-0a1b-4c2d-9e8f-001122334455"),
        "the id is not readable",
    ),
    "id twice": (setting("sq-print", id="sq-show"), "sq-show: the id occurs more than once"),
    "open formula": (setting("sq-residual", source="$$r = f - y"), "sq-residual: a $$ is not"),
    "no text form": (showing(picture(png())), "sq-print: shows a picture without"),
    "no text form in HTML": (showing(markup(png())), "sq-print: shows a picture without"),
    "second picture untold": (
        showing(picture(png()), text_form(), picture(png())),
        "sq-print: shows a picture without",
    ),
    "no alt text": (showing(picture(png(), "")), "sq-print: shows a picture without alt text in"),
    "no alt text in HTML": (
        showing(markup(png(), "")),
        "sq-print: shows a picture in HTML without alt text",
    ),
    "empty alt text": (showing(markup(png(), 'alt=""')), "picture in HTML without alt text"),
    "blank": (showing(picture(png(blank=True))), "sq-print: holds a blank picture"),
    "blank in HTML": (showing(markup(png(blank=True))), "sq-print: holds a blank picture"),
    "wide": (showing(picture(png(1401))), "sq-print: holds a picture 1401 pixels wide"),
    "broken": (showing(picture(png()[:60])), "sq-print: holds a picture that cannot be read"),
    "not a picture": (showing(picture("AAAA")), "sq-print: holds a picture that cannot be read"),
    "installs": (setting("sq-start", source="%pip install -q lossbook"), "installs a package"),
    "installs an address": (
        setting("sq-start", source="    !pip -q install git+https://example.org/x"),
        "sq-start: installs a package",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_reported_with_its_cell(notebook, defect):
    spoil, sentence = DEFECTS[defect]
    spoil(notebook)
    found = notebook_lint.defects(notebook)
    assert any(sentence in line for line in found), found
