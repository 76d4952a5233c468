"""Run an exercise notebook and collect the results of its checks."""

from typing import NamedTuple

from lossbook.notebook.refresh import run


class Answers(NamedTuple):
    """The results of the checks in a notebook.

    solved : dict of "02.huber" → whether it is solved, in the order of the notebook
    reports : dict of "02.huber" → the report's text
    errors : list of (cell id, "NameError: …") for cells that raised
    """

    solved: dict
    reports: dict
    errors: list


def answers(path):
    """Run the notebook at `path` without changing the file, and collect the results of its checks.

    Raises RefreshError if it is not a notebook, and for a cell that hangs.
    """
    found = Answers({}, {}, [])
    # An error in one cell must not hide the results of the others.
    for cell in run(path, allow_errors=True).cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.errors.append((cell.get("id", ""), f"{output.ename}: {output.evalue}"))
            result = output.get("metadata", {}).get("lossbook")
            if result:
                found.solved[result["exercise"]] = result["solved"]
                found.reports[result["exercise"]] = output.data["text/plain"]
    return found
