"""A plugin of pytest: what nbval overlooks in a notebook is compared behind its last cell.

nbval compares what each cell says, and overlooks every picture, in which order words and pictures
come, and what kind of output each is. To run a notebook takes seconds; so what nbval hears from
its kernel is kept, and one more test of each notebook compares it as `lossbook refresh --check`
does. The bytes of pictures within HTML, which nbval does compare, are left to that test.

conftest.py, in a checkout and in the folder that `lossbook lab` makes, brings this into every run.
"""

import copy
import os
from tempfile import TemporaryDirectory

import nbformat
import pytest
from nbformat.v4 import output_from_msg
from nbval.plugin import IPyNbCell, IPyNbFile

from lossbook import kernels, outputs
from lossbook.refresh import comparison

_OUTPUTS = ("stream", "display_data", "execute_result", "error")


def pytest_configure(config):
    """Let every kernel run in the environment of the tests, with nothing of the user's settings."""
    config.option.nbval_current_env = not config.option.nbval_kernel_name
    kernels.give_matplotlib_a_folder()
    folder = TemporaryDirectory(prefix="lossbook-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["IPYTHONDIR"] = folder.name


@pytest.hookimpl(trylast=True)  # when it is settled which tests are wanted
def pytest_collection_modifyitems(items):
    """Add a test behind the last cell of each notebook of which every cell is run."""
    cells = [item for item in items if isinstance(item, IPyNbCell)]
    for notebook in dict.fromkeys(cell.parent for cell in cells):
        notebook.sanitize_patterns[outputs.PICTURE.pattern] = "PICTURE"
        own = [cell for cell in cells if cell.parent is notebook]
        if len(own) == len(outputs.code_cells(notebook.nb)):
            behind = items.index(own[-1]) + 1
            items.insert(behind, _Stored.from_parent(notebook, heard=_listen(notebook)))


def _listen(notebook: IPyNbFile):
    """What nbval hears from the kernel of a notebook: a list that fills while the cells run."""
    heard, hear = [], notebook.get_kernel_message

    def keep(*args, **kwargs):
        heard.append(hear(*args, **kwargs))
        return heard[-1]

    notebook.get_kernel_message = keep
    return heard


class _Stored(pytest.Item):
    """Holds the stored outputs of a notebook against what its kernel gave."""

    def __init__(self, *, heard, **kwargs):
        super().__init__(name="outputs_and_pictures", **kwargs)
        self.heard = heard

    def runtest(self):
        stored = nbformat.read(self.path, as_version=4)  # nbval has merged streams in its own
        found = comparison(stored, _with_outputs(stored, self.heard))
        if found.differences:
            pytest.fail("; ".join(found.differences), pytrace=False)
        if found.unseen:
            pytest.skip("; ".join(found.unseen))

    def repr_failure(self, excinfo):
        """How the outputs differ; the way through pytest helps nobody."""
        return excinfo.exconly()

    def reportinfo(self):
        return self.path, None, f"{self.path.name}: {self.name}"


def _with_outputs(notebook, heard):
    """A copy of the notebook with the outputs that were heard instead of the stored ones."""
    notebook = copy.deepcopy(notebook)
    given = []
    for message in heard:
        if message["msg_type"] == "execute_input":  # how each cell begins
            given.append([])
        elif message["msg_type"] in _OUTPUTS:
            given[-1].append(output_from_msg(message))
    cells = outputs.code_cells(notebook)
    if len(given) != len(cells):
        pytest.skip(f"{len(given)} of {len(cells)} cells were run")
    for cell, own in zip(cells, given, strict=True):
        cell.outputs = own
    return notebook
