"""The notebook that students got: what of it is missing in a submission, and what is written."""

import re

from lossbook.grading.submissions.notebook import read
from lossbook.notebook.release import NUMBERS

_COMMENT = re.compile(r"(?:^|\s)#.*|^%(?!%).*", re.M)
_ANSWER = ("-answer", "-check", "-progress")  # cells that no other cell needs
_UNKNOWN_STUB = re.compile(r"raise NotImplementedError|=\s*\.\.\.|^% your lines here", re.M)


class Released:
    """The code cells of a released notebook.

    cells : iterable of (name, source); without any, stubs are recognised by how they usually look
    """

    def __init__(self, cells=()):
        self.cells = list(cells)
        self._essences = {_essence(source) for _, source in self.cells}

    @classmethod
    def of(cls, data, name):
        """Those of a notebook: the bytes and the name of its file."""
        reading = read(data, name)
        return cls((cell.name, cell.source) for cell in reading.cells)

    def is_stub(self, source):
        """Whether nothing but comments was added to a cell."""
        if not self.cells and _UNKNOWN_STUB.search(source):
            return True
        return not _essence(source) or _essence(source) in self._essences

    def missing_setup(self, names, sources):
        """The sources of the set-up cells that a submission lacks: imports and what is given.

        A cell is there if one has its name, or if all of its lines are somewhere; magics do not
        count, because a script has none. Any numbers of a student's own are enough.
        """
        own_numbers = any(NUMBERS in source for source in sources)
        lines = {line.strip() for source in sources for line in source.split("\n")}
        return [
            source
            for name, source in self.cells
            if not name.endswith(_ANSWER)
            and name not in names
            and not source.startswith("%%")
            and not (own_numbers and source.startswith(NUMBERS))
            and not lines.issuperset(_code_lines(source))
        ]


def _essence(source):
    """A cell without comments and blanks."""
    return "".join(_COMMENT.sub("", source).split())


def _code_lines(source):
    lines = (line.strip() for line in source.split("\n"))
    return [line for line in lines if line and line[0] not in "#%!"]
