"""`lossbook lab`: open the course in JupyterLab."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from lossbook.cli import place
from lossbook.notebook import trust

_COURSE = "lossbook-course"
# Of IPython: %%derive in any cell, and one line for a cell that is run before those above it.
# Not `lossbook.derive`: %load_ext on a page would then say that it is already loaded.
_EXTENSIONS = ("lossbook.derive.magics", "lossbook.notebook.cold")


def add(commands):
    """Add the command to the parser."""
    place.command(
        commands,
        "lab",
        run,
        summary="open the course in JupyterLab",
        description="Open JupyterLab on the first notebook of the course. Arguments that are not "
        "listed here go to JupyterLab, for example --no-browser or --port=8899.",
        epilog=f"Where lossbook was installed as a package, the notebooks are copied to "
        f"./{_COURSE} first; a file that is already there is never overwritten. Notebooks that "
        "are unchanged are signed, as with `jupyter trust`, so that their sliders work. With "
        "pytest and nbval installed, `pytest --nbval` there compares all outputs with the stored.",
    )


def run(args, extra):
    root = place.checkout()
    if root:
        unchanged = trust.committed(root)
    else:
        root = _copy_course(Path.cwd() / _COURSE)
        unchanged = trust.packaged(place.PACKAGE / "course", root)
    notebooks = place.notebooks_in(root / "notebooks")
    if not notebooks:
        raise place.UserError(f"no notebook found in {root / 'notebooks'}")
    try:
        from jupyterlab.labapp import main as jupyterlab
    except ImportError as error:
        message = f"JupyterLab is not installed ({error}); try: pip install jupyterlab"
        raise place.UserError(message) from None
    trust.sign(unchanged)

    # As the default page the notebook is also in the URL that JupyterLab prints without a browser;
    # as the file to open it would not be.
    first = quote(notebooks[0].relative_to(root).as_posix())
    argv = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{first}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        argv.append("--allow-root")  # containers run as root, and JupyterLab refuses to
    argv.append("--LabApp.custom_css=True")
    with TemporaryDirectory(prefix="lossbook-", ignore_cleanup_errors=True) as folder:
        _offer_kernel(folder)
        _offer_settings()
        jupyterlab(argv + extra)  # last, so that the user's arguments override ours
    return 0


def _offer_kernel(folder):
    """Let Jupyter find a kernel `python3` in this folder, which has the extensions of the course.

    It comes before others of its name: one in the user's home may belong to an environment without
    lossbook.
    """
    from ipykernel.kernelspec import write_kernel_spec

    extensions = [f"--ext={module}" for module in _EXTENSIONS]
    write_kernel_spec(Path(folder, "kernels", "python3"), extra_arguments=extensions)
    os.environ["JUPYTER_PATH"] = _joined(folder, os.environ.get("JUPYTER_PATH"))


def _offer_settings():
    """Let Jupyter find our defaults and our extension of the server, behind the user's own."""
    settings = str(place.LAB_DATA / "config")
    os.environ["JUPYTER_CONFIG_PATH"] = _joined(os.environ.get("JUPYTER_CONFIG_PATH"), settings)


def _joined(*paths):
    return os.pathsep.join(filter(None, paths))


def _copy_course(target):
    """Copy the packaged notebooks that `target` lacks into it; return `target`."""
    course = place.PACKAGE / "course"
    if not course.is_dir():
        raise place.UserError("this installation has no notebooks; install lossbook again")
    # conftest.py makes `pytest --nbval` compare pictures as well.
    paths = [path for kind in ("*.ipynb", "conftest.py") for path in sorted(course.rglob(kind))]
    names = [path.relative_to(course) for path in paths]
    new = [name for name in names if not (target / name).exists()]
    try:
        for name in new:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(course / name, target / name)
    except OSError as error:
        raise place.UserError(f"cannot copy the course to {target}: {error.strerror}") from None
    if notebooks := sum(name.suffix == ".ipynb" for name in new):
        print(f"lossbook: copied {notebooks} notebook(s) to {target}")
    return target
