"""What becomes of a notebook on its way: cells moved, deleted, added; the file stored otherwise.

The first half changes a notebook and returns it; the second half gives the bytes of the file.
"""

import base64
import copy
import itertools
import json

# ------------------------------------------------------------------- what students change


def unchanged(notebook):
    return notebook


def without_checks(notebook):
    """The check cells were deleted: "they were in the way"."""
    notebook["cells"] = [c for c in notebook["cells"] if not c["id"].endswith("-check")]
    return notebook


def out_of_order(notebook):
    """The last exercise comes first, and each answer is below its check."""
    cells = notebook["cells"]
    starts = [k for k, cell in enumerate(cells) if cell["source"].startswith("## ")]
    blocks = [cells[a:b] for a, b in itertools.pairwise(starts)]
    for block in blocks:
        kinds = [cell["id"].rpartition("-")[2] for cell in block]
        answer, check = kinds.index("answer"), kinds.index("check")
        block[answer], block[check] = block[check], block[answer]
    backwards = [cell for block in reversed(blocks) for cell in block]
    notebook["cells"] = cells[: starts[0]] + backwards + cells[starts[-1] :]
    return notebook


PLOT = """\
import matplotlib.pyplot as plt
xs = np.linspace(-3, 3, 50)
plt.plot(xs, xs**2, label="squared")
plt.plot(xs, abs(xs), label="absolute")
plt.legend()
plt.show()"""
PRINTS = """\
for i in range(2000):
    print("residual", i, i ** 0.5)"""


def with_plots(notebook):
    """Extra cells that plot and print, with large outputs stored."""
    picture = base64.b64encode(bytes(range(256)) * 800).decode()
    shown = {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}}
    text = "".join(f"residual {i} {i**0.5}\n" for i in range(2000))
    prints = _code(PRINTS, [{"output_type": "stream", "name": "stdout", "text": text}])
    notebook["cells"].insert(8, _code(PLOT, [shown]))
    notebook["cells"] += [prints, _code("root_mean_squared_error([1, 2, 3], [2, 2, 5])")]
    return notebook


def through_colab(notebook):
    """Cells have lost their ids and what nbgrader had noted; Colab's own notes were added."""
    for cell in notebook["cells"]:
        cell.pop("id", None)
        cell["metadata"] = {"id": base64.b32encode(cell["source"][:7].encode()).decode()}
    notebook["metadata"]["colab"] = {"provenance": []}
    notebook["nbformat_minor"] = 0
    return notebook


def with_an_exit(notebook):
    """After exercise 4 a cell ends the process; exercises 5 and 6 come after it."""
    place = _after(notebook, "newsagent-check")
    code = "import os\nos._exit(0)  # my kernel was stuck, this helps"
    notebook["cells"].insert(place, _code(code))
    return notebook


def half_finished(notebook):
    """Between the answers are notes and a trial that raises."""
    place = _after(notebook, "root-mean-squared-error-check")
    trial = _code("r = y - f   # ??? what is y\nnp.mean(r ** 2)")
    notes = {"cell_type": "markdown", "id": "my-notes", "metadata": {}, "source": "TODO ask Lena!"}
    notebook["cells"][place:place] = [trial, notes]
    return notebook


def _code(source, outputs=()):
    return {
        "cell_type": "code",
        "execution_count": 40,
        "id": f"mine-{len(source)}",
        "metadata": {},
        "outputs": list(outputs),
        "source": source,
    }


def _after(notebook, ending):
    ids = [cell["id"] for cell in notebook["cells"]]
    return next(k for k, cell_id in enumerate(ids) if cell_id.endswith(ending)) + 1


# ------------------------------------------------------------------------ how it is stored


def as_notebook(notebook):
    """As JupyterLab stores it: UTF-8, sources as lists of lines."""
    return _json(notebook).encode()


def as_latin_1(notebook):
    """Stored by a program that knows one byte for a letter; the rest is escaped."""
    text = _json(notebook)
    escaped = "".join(c if ord(c) < 256 else json.dumps(c)[1:-1] for c in text)
    return escaped.encode("latin-1")


def as_version_3(notebook):
    """The format before 2015: worksheets, `input` in place of `source`."""
    cells = [_cell_of_version_3(cell) for cell in notebook["cells"]]
    old = {
        "metadata": {"name": "02_squared_error"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }
    return json.dumps(old, ensure_ascii=False, indent=1).encode()


def _cell_of_version_3(cell):
    kept = {"cell_type": cell["cell_type"], "metadata": dict(cell["metadata"])}
    lines = cell["source"].splitlines(keepends=True)
    if cell["cell_type"] != "code":
        return kept | {"source": lines}
    return kept | {"collapsed": False, "input": lines, "language": "python", "outputs": []}


def as_script(notebook):
    """What JupyterLab exports as an executable script."""
    from nbconvert import PythonExporter
    from nbformat import from_dict

    return PythonExporter().from_notebook_node(from_dict(notebook))[0].encode()


def cut_off(notebook):
    """The upload broke off after three fifths of the file."""
    stored = as_notebook(notebook)
    return stored[: len(stored) * 3 // 5]


def _json(notebook):
    stored = copy.deepcopy(dict(notebook))
    for cell in stored["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(stored, ensure_ascii=False, indent=1) + "\n"
