"""An IPython extension: a cell that is run before the cells above it says so.

A reader may run any cell of a page that was just opened. Where its names are made by cells above
that have not run, one line says what to do, in place of the traceback of a NameError. Every other
NameError is shown as usual. `lossbook lab` starts kernels with this extension.
"""

import os
import symtable

import nbformat

CURE = (
    "`{name}` is made by a cell above that has not run. Choose Run ▸ Run All Above Selected Cell "
    "in the menu, then run this cell."
)


def load_ipython_extension(shell):
    """Called by %load_ext lossbook.notebook.cold, and for --ext=lossbook.notebook.cold."""
    running = None

    def remember(info):
        nonlocal running
        running = info.cell_id

    def explain(shell, kind, error, traceback, tb_offset=None):
        name = error.name
        # An UnboundLocalError is a NameError, too.
        if kind is NameError and name not in shell.user_ns and name in _above(shell, running):
            print(CURE.format(name=name))
        else:
            shell.showtraceback((kind, error, traceback), running_compiled_code=True)

    shell.events.register("pre_run_cell", remember)
    shell.set_custom_exc((NameError,), explain)


def names_above(notebook, cell_id, to_python):
    """The names that the code cells above this cell bind; none where there is no such cell.

    `to_python` turns the source of a cell into Python, as IPython's `transform_cell`.
    """
    names = set()
    for cell in notebook.cells:
        if cell.get("id") == cell_id:
            return names
        if cell.cell_type == "code":
            names |= _bound(to_python(cell.source))
    return set()


def _above(shell, cell_id):
    """The names above a cell of the open page, which Jupyter's server names; none without it."""
    try:
        page = nbformat.read(os.environ.get("JPY_SESSION_NAME", ""), as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError):
        return set()
    return names_above(page, cell_id, shell.transform_cell)


def _bound(source):
    try:
        symbols = symtable.symtable(source, "a cell", "exec").get_symbols()
    except SyntaxError:  # a cell in the middle of an edit
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
