"""Every attack, let at the walls of this machine, while an honest neighbour is graded beside it.

Another honest submission follows each attack, so each stands between two: nobody's marks may
change, the attack gets exactly what its honest part earned, and the teacher is told.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.attacks import ATTACKS
from lossbook.grading.marking.grader import grade
from lossbook.grading.reports.student import student_page

_LARGEST_PAGE = 400_000  # characters


class Handed(NamedTuple):
    """A submission."""

    student: str
    path: Path
    name: str
    notes: tuple = ()


def trial(scratch, honest, assignment, room, clerks, bait, attacks=ATTACKS):
    """Yield (attack, sentences on what went wrong) for each attack; no sentence where all is well.

    Parameters
    ----------
    scratch : path of an empty folder
    honest : dict, the notebook of chapter 02 with every answer right
    bait : Bait, laid before the rooms were opened
    """
    (scratch / "ada.ipynb").write_text(json.dumps(honest), encoding="utf-8")
    ada = Handed("ada", scratch / "ada.ipynb", "ada.ipynb")
    for number, attack in enumerate(attacks):
        folder = scratch / f"mallory-{number}"
        folder.mkdir()
        path = attack.hand_in(folder, honest, bait.known())
        handed = Handed("mallory", path, path.name)
        with ThreadPoolExecutor(2) as judges:
            beside = judges.submit(grade, ada, assignment, room, clerks)
            result = judges.submit(grade, handed, assignment, room, clerks).result()
        after = grade(ada, assignment, room, clerks)
        found = [*attack.unlike(result), *bait.fallen(), *_on_page(attack, result)]
        found += _on_neighbour("beside", beside.result())
        found += _on_neighbour("after", after)
        shutil.rmtree(folder, ignore_errors=True)
        yield attack, found


def _on_neighbour(where, result):
    if result.score != result.most:
        yield f"the neighbour {where} it got {result.score}: {' '.join(result.notes)}"


def _on_page(attack, result):
    page = student_page(result)
    if len(page) > _LARGEST_PAGE:
        yield f"its page has {len(page)} characters"
    yield from (f"its page shows {text!r} as it is" for text in attack.never if text in page)
