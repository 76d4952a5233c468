"""Check the answers in an exercise notebook from a shell: run it, and read what each check said."""

import os
from typing import NamedTuple

import nbformat
from nbclient import NotebookClient

_SECONDS = 120  # for one cell


class Answers(NamedTuple):
    """What the checks of a notebook said.

    solved : dict of "02.huber" → whether it is solved, in the order of the notebook
    reports : dict of "02.huber" → the report's text
    errors : list of (cell id, "NameError: …") for cells that raised
    """

    solved: dict
    reports: dict
    errors: list


def answers(path):
    """Run the notebook at `path`, which is not changed, and collect what its checks say."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=_SECONDS,
        allow_errors=True,  # one cell that raises is no reason not to check the others
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    client.execute(env={**os.environ, "LOSSBOOK_PROGRESS": "off"})
    found = Answers({}, {}, [])
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.errors.append((cell.get("id", ""), f"{output.ename}: {output.evalue}"))
            told = output.get("metadata", {}).get("lossbook")
            if told:
                found.solved[told["exercise"]] = told["solved"]
                found.reports[told["exercise"]] = output.data["text/plain"]
    return found
