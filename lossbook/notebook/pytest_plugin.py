"""A pytest plugin that compares, after the last cell of a notebook, what nbval ignores.

nbval compares the text of each cell. It ignores pictures, the order of text and pictures, and the
kind of each output. This plugin records the kernel's messages while nbval runs the cells, and adds
one test for each notebook that compares them as `lossbook refresh --check` does. That test also
takes over the bytes of pictures within HTML, which nbval would compare.

conftest.py, in a checkout and in the folder that `lossbook lab` makes, loads the plugin.
"""

import copy
import os
from tempfile import TemporaryDirectory

import nbformat
import pytest
from nbformat.v4 import output_from_msg
from nbval.plugin import IPyNbCell, IPyNbFile

from lossbook.notebook import kernels, outputs
from lossbook.notebook.refresh import compare_notebooks

_OUTPUTS = ("stream", "display_data", "execute_result", "error")


def pytest_configure(config):
    """Run every kernel in the environment of the tests, without the user's settings."""
    config.option.nbval_current_env = not config.option.nbval_kernel_name
    kernels.give_matplotlib_a_folder()
    folder = TemporaryDirectory(prefix="lossbook-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["IPYTHONDIR"] = folder.name


@pytest.hookimpl(trylast=True)  # after tests were deselected
def pytest_collection_modifyitems(items):
    """Add a test after the last cell of each notebook of which every cell is run."""
    cells = [item for item in items if isinstance(item, IPyNbCell)]
    for notebook in dict.fromkeys(cell.parent for cell in cells):
        notebook.sanitize_patterns[outputs.PICTURE.pattern] = "PICTURE"
        own = [cell for cell in cells if cell.parent is notebook]
        if len(own) == len(outputs.code_cells(notebook.nb)):
            messages = _record_messages(notebook)
            comparison = _StoredOutputs.from_parent(notebook, messages=messages)
            items.insert(items.index(own[-1]) + 1, comparison)


def _record_messages(notebook: IPyNbFile):
    """A list that receives the kernel's messages to nbval while the cells run."""
    messages, receive = [], notebook.get_kernel_message

    def record(*args, **kwargs):
        messages.append(receive(*args, **kwargs))
        return messages[-1]

    notebook.get_kernel_message = record
    return messages


class _StoredOutputs(pytest.Item):
    """Compares the stored outputs of a notebook with those of its kernel."""

    def __init__(self, *, messages, **kwargs):
        super().__init__(name="outputs_and_pictures", **kwargs)
        self.messages = messages

    def runtest(self):
        stored = nbformat.read(self.path, as_version=4)  # nbval has merged streams in its copy
        found = compare_notebooks(stored, _with_outputs(stored, self.messages))
        if found.differences:
            pytest.fail("; ".join(found.differences), pytrace=False)
        if found.unseen:
            pytest.skip("; ".join(found.unseen))

    def repr_failure(self, excinfo):
        """Only the message: the traceback would show pytest's own code."""
        return excinfo.exconly()

    def reportinfo(self):
        return self.path, None, f"{self.path.name}: {self.name}"


def _with_outputs(notebook, messages):
    """A copy of the notebook with the outputs in `messages` in place of the stored ones."""
    notebook = copy.deepcopy(notebook)
    given = []
    for message in messages:
        if message["msg_type"] == "execute_input":  # a cell begins
            given.append([])
        elif message["msg_type"] in _OUTPUTS:
            given[-1].append(output_from_msg(message))
    cells = outputs.code_cells(notebook)
    if len(given) != len(cells):
        pytest.skip(f"{len(given)} of {len(cells)} cells were run")
    for cell, own in zip(cells, given, strict=True):
        cell.outputs = own
    return notebook
