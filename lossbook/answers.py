"""Check the answers in an exercise notebook from a shell: run it, and read what each check said."""

from typing import NamedTuple

from lossbook.refresh import run


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
    """Run the notebook at `path`, which is not changed, and collect what its checks say.

    Raises RefreshError for what is no notebook, and for a cell that hangs.
    """
    found = Answers({}, {}, [])
    # One cell that raises is no reason not to check the others.
    for cell in run(path, allow_errors=True).cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.errors.append((cell.get("id", ""), f"{output.ename}: {output.evalue}"))
            told = output.get("metadata", {}).get("lossbook")
            if told:
                found.solved[told["exercise"]] = told["solved"]
                found.reports[told["exercise"]] = output.data["text/plain"]
    return found
