"""Run a notebook and store it in one canonical form, so that a second run changes no byte.

Notebooks are committed with their outputs, so a changed output shows in version control.
"""

import copy
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError
from traitlets.config import Config

from lossbook._atomic import replace_file
from lossbook.notebook import kernels, outputs

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# nbconvert needs the file extension. A version of Python would differ between machines.
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
_METADATA = {"kernelspec": _KERNEL, "language_info": LANGUAGE}
_WIDGET = "application/vnd.jupyter.widget-view+json"  # its identifier changes on every run
_FOLDED = "jp-MarkdownHeadingCollapsed"  # JupyterLab: a heading whose section is closed
_SECONDS = 600  # timeout of a cell


class RefreshError(Exception):
    """A notebook could not be refreshed; the message names it, the cell and the reason."""


def check(path):
    """Run the notebook at `path` and return an outputs.Comparison with its stored outputs.

    The file is not changed. Raises RefreshError as `refresh` does.
    """
    stored = _read(path)
    return compare_notebooks(stored, run(path))


def compare_notebooks(stored, given):
    """Compare the stored outputs of a notebook with those of a run."""
    return outputs.compare(_canonical(stored), _canonical(given))


def refresh(path):
    """Run the notebook at `path` and store it; return whether its bytes changed.

    A picture that looks like the stored one keeps its bytes (lossbook.notebook.outputs).

    Raises
    ------
    RefreshError
        It is not a notebook, a cell raised, or the file was saved while it ran. The file is
        left unchanged.
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
    replace_file(path, after)
    return True


def run(path, *, allow_errors=False):
    """Run the notebook at `path` in a new kernel in its directory and return it with outputs.

    With `allow_errors` the error of a cell becomes an output, and the next cell runs. Otherwise
    RefreshError names the cell and the error. It is also raised for a cell that hangs.
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
            startup_timeout=_SECONDS,  # a busy machine takes long
            record_timing=False,
            allow_errors=allow_errors,
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_start=remember,
            config=Config(configuration),
        )
        try:
            client.execute(env=environment)
        except (
            CellControlSignal,
            RuntimeError,
        ) as error:  # also a dead kernel
            where = f"cell {started.id}" if started else "starting the kernel"
            raise RefreshError(f"{path}, {where}: {_message(error)}") from None
    return notebook


def _read(path):
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    # JSON of another shape, for example a list, raises other errors before it is validated.
    except (nbformat.ValidationError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise RefreshError(f"{path} is not a notebook: {error}") from None
    return notebook


def canonical(notebook):
    """The text of the file in which `notebook` is stored; `notebook` is not changed.

    It keeps sources, cell ids, tags, folded cells and sections, outputs and execution counts.
    Metadata of the editor, the machine or the date is left out, and adjacent pieces of a stream
    are joined.
    """
    return nbformat.writes(_canonical(notebook)).rstrip("\n") + "\n"


def _canonical(notebook):
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(_METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict(_stable_metadata(cell.metadata))
        if cell.cell_type == "code":
            cell.outputs = _canonical_outputs(cell.outputs)
    return notebook


def _stable_metadata(metadata):
    """The metadata of a cell that its author chose: tags, nbgrader's, folded text and code."""
    kept = {key: metadata[key] for key in ("tags", "nbgrader", _FOLDED) if metadata.get(key)}
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


def _message(error):
    """The error in one line, its details below it without terminal colours."""
    details = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}\n{details}"
    return details
