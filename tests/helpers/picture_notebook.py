"""A notebook of four cells that show two pictures, stored as it is and with something else."""

import base64
import io

from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image, PngImagePlugin

from lossbook.notebook.refresh import canonical


def grey(level, software="Matplotlib by hand"):
    """A small picture in base64."""
    file, about = io.BytesIO(), PngImagePlugin.PngInfo()
    about.add_text("Software", software)
    Image.new("L", (4, 4), level).save(file, format="png", pnginfo=about)
    return base64.b64encode(file.getvalue()).decode()


def words(text):
    return new_output("stream", name="stdout", text=f"{text}\n")


def shown(kind="display_data", **more):
    return new_output(kind, data={"text/plain": "'x'"}, **more)


def result(data, count):
    return new_output("execute_result", data=data, execution_count=count)


def image(png):
    """A cell that shows a picture, its output included."""
    data = {"image/png": png, "text/plain": "<IPython.core.display.Image object>"}
    return f"Image(base64.b64decode('{png}'))", data


def markup(png):
    tag = f'<img src="data:image/png;base64,{png}">'
    return f"HTML('{tag}')", {"text/html": tag, "text/plain": "<IPython.core.display.HTML object>"}


TOLD = [words(1), shown(), words(2)]
# What is stored where the cells give TOLD and two pictures of level 90.
STORED = {
    "as it is": (TOLD, grey(90), grey(90)),
    "hardly another picture": (TOLD, grey(91), grey(89)),
    "the kind": (
        [words(1), shown("execute_result", execution_count=1), words(2)],
        grey(90),
        grey(90),
    ),
    "the order": ([words("1\n2"), shown()], grey(90), grey(90)),
    "the picture": (TOLD, grey(120), grey(90)),
    "the picture in a page": (TOLD, grey(90), grey(120)),
    "drawn by another": (TOLD, grey(120, "Matplotlib 1.0"), grey(90)),
}


def store(path, told, *pngs):
    """Write a notebook whose cells give TOLD and two pictures of level 90."""
    cells = [
        new_code_cell("print(1)\ndisplay('x')\nprint(2)", id="a-text", outputs=told),
        new_code_cell("import base64\nfrom IPython.display import HTML, Image", id="a-start"),
    ]
    for kind, png in zip((image, markup), pngs, strict=True):
        output = result(kind(png)[1], count=len(cells) + 1)
        source, cell_id = kind(grey(90))[0], f"a-{kind.__name__}"
        cells.append(new_code_cell(source, id=cell_id, outputs=[output]))
    for number, cell in enumerate(cells, start=1):
        cell.execution_count = number
    path.write_text(canonical(new_notebook(cells=cells)))
