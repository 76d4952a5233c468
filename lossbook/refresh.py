"""Run a notebook and write it in one canonical form, so that a second run changes no byte.

The notebooks are the source and are committed with their outputs: what a reader sees is what
the code said, and a difference in version control is a difference in the course.
"""

import copy
import os
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError
from traitlets.config import Config

from lossbook import kernels, outputs

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# By its extension nbconvert names a script; the version would differ between machines.
_LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
_METADATA = {"kernelspec": _KERNEL, "language_info": _LANGUAGE}
_WIDGET = "application/vnd.jupyter.widget-view+json"  # an identifier that is new on every run
_SECONDS = 600  # for one cell


class RefreshError(Exception):
    """A notebook could not be refreshed; the message says which, where and why."""


def check(path):
    """Run the notebook at `path` and compare its outputs with the stored: an outputs.Comparison.

    The file is not changed. Raises RefreshError as `refresh` does.
    """
    stored = _read(path)
    return comparison(stored, run(path))


def comparison(stored, given):
    """Compare the outputs of a notebook as it is stored and as it was run."""
    return outputs.compare(_canonical(stored), _canonical(given))


def refresh(path):
    """Run the notebook at `path` and store it; return whether its bytes change.

    A picture that looks as the stored one does keeps its bytes (lossbook.outputs).

    Raises
    ------
    RefreshError
        It is not a notebook, a cell raised, or somebody saved the file while it ran. The file
        is then as it was.
    """
    path = Path(path).resolve()  # the file itself, where `path` is a link
    before, stored = path.read_bytes(), _read(path)
    given = run(path)
    outputs.keep_pictures(stored, given)
    after = canonical(given).encode()
    if path.read_bytes() != before:
        raise RefreshError(f"{path} was saved while it ran; nothing written, refresh it again")
    if after == before:
        return False
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(after)
    os.replace(new, path)  # in one step: whoever reads sees the old file or the new one
    return True


def run(path, *, allow_errors=False):
    """Run the notebook at `path` in a fresh kernel in its directory, and return it with outputs.

    With `allow_errors` a cell that raises keeps its error as an output, and the next one runs.
    Otherwise RefreshError names the cell and the error; as it does for a cell that hangs.
    """
    path = Path(path)
    notebook = _read(path)
    started = None

    def remember(cell, cell_index):
        nonlocal started
        started = cell

    with kernels.isolated() as (environment, configuration):
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=_SECONDS,
            startup_timeout=_SECONDS,  # on a busy machine
            record_timing=False,
            allow_errors=allow_errors,
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_start=remember,
            config=Config(configuration),
        )
        try:
            client.execute(env=environment)
        except (CellControlSignal, RuntimeError) as error:  # it raised or hung, or the kernel died
            where = f"cell {started.id}" if started else "starting the kernel"
            raise RefreshError(f"{path}, {where}: {_what(error)}") from None
    return notebook


def _read(path):
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    # nbformat trips over JSON of another shape, over a list for example, before it validates.
    except (nbformat.ValidationError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise RefreshError(f"{path} is not a notebook: {error}") from None
    return notebook


def canonical(notebook):
    """The text of the file in which `notebook` is stored.

    Kept are the author's sources, cell ids, tags and folds, the outputs and their numbering.
    Left out is what depends on the editor, the machine or the day; streams that arrived in
    pieces are put together. `notebook` is not changed.
    """
    return nbformat.writes(_canonical(notebook)).rstrip("\n") + "\n"


def _canonical(notebook):
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(_METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(_authors(cell.metadata))
        if cell.cell_type == "code":
            cell.outputs = _canonical_outputs(cell.outputs)
    return notebook


def _authors(metadata):
    """What the author decided about a cell: tags, whether its code is folded, what is graded."""
    kept = {key: metadata[key] for key in ("tags", "nbgrader") if metadata.get(key)}
    if metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    return kept


def _canonical_outputs(outputs):
    kept = []
    for output in outputs:
        last = kept[-1] if kept else None
        if output.output_type == "stream":
            if last and last.output_type == "stream" and last.name == output.name:
                last.text += output.text
                continue
        elif "data" in output:
            output.data.pop(_WIDGET, None)
            image = output.metadata.get("image/png")  # its size on the page, and alt text
            output.metadata = nbformat.from_dict({"image/png": image} if image else {})
        kept.append(output)
    return kept


def _what(error):
    """What went wrong in one line, the details below it without the colours of a terminal."""
    details = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}\n{details}"
    return details
