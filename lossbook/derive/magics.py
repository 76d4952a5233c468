"""Cell magics: %load_ext lossbook.derive, then %%derive and %%attempt."""

from lossbook.derive.derivation import Derivation


def derive(line, cell):
    """%%derive <title>: check and show the cell's derivation."""
    return Derivation(line.strip(), cell)


def load_ipython_extension(shell):
    """Called by %load_ext lossbook.derive."""

    def attempt(line, cell):
        """%%attempt <name of an Exercise>: give feedback on the cell's lines."""
        name = line.strip()
        if name not in shell.user_ns:
            raise NameError(f"name {name!r} is not defined", name=name)
        return shell.user_ns[name].attempt(cell)

    shell.register_magic_function(derive, "cell")
    shell.register_magic_function(attempt, "cell")
