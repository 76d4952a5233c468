"""`lossbook lab`: open the course in JupyterLab."""

import os
import shutil
from pathlib import Path
from urllib.parse import quote

from lossbook.cli import place, trust

_COURSE = "lossbook-course"


def add(commands):
    """Add the command to the parser."""
    place.command(
        commands,
        "lab",
        run,
        says="open the course in JupyterLab",
        describes="Open JupyterLab on the first notebook of the course. Arguments that are not "
        "listed here go to JupyterLab, for example --no-browser or --port=8899.",
        epilog=f"Where lossbook was installed as a package, the notebooks are copied to "
        f"./{_COURSE} first; a file that is already there is never overwritten. Notebooks that "
        "are as they came are signed as `jupyter trust` signs, so that their sliders move. With "
        "pytest and nbval installed, `pytest --nbval` there says whether all still print what they "
        "promise, and show it.",
    )


def run(args, extra):
    root = place.checkout()
    if root:
        ours = trust.committed(root)
    else:
        root = _copy_course(Path.cwd() / _COURSE)
        ours = trust.packaged(place.PACKAGE / "course", root)
    notebooks = place.notebooks_in(root / "notebooks")
    if not notebooks:
        raise place.Slip(f"no notebook found in {root / 'notebooks'}")
    try:
        from jupyterlab.labapp import main as jupyterlab
    except ImportError as error:
        why = f"JupyterLab is not installed ({error}); try: pip install jupyterlab"
        raise place.Slip(why) from None
    trust.sign(ours)

    # As the default page, and not as the file to open, the notebook also stands in the address
    # that JupyterLab prints where it finds no browser.
    first = quote(notebooks[0].relative_to(root).as_posix())
    argv = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{first}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        argv.append("--allow-root")  # containers run as root, and JupyterLab refuses to
    jupyterlab(argv + extra)  # last, so that the user's word counts
    return 0


def _copy_course(target):
    """Copy the packaged notebooks to `target`, keep every file that is there, return `target`."""
    course = place.PACKAGE / "course"
    if not course.is_dir():
        raise place.Slip("this installation carries no notebooks; install lossbook again")
    # With the notebooks comes conftest.py, so that `pytest --nbval` compares their pictures too.
    paths = [path for kind in ("*.ipynb", "conftest.py") for path in sorted(course.rglob(kind))]
    names = [path.relative_to(course) for path in paths]
    new = [name for name in names if not (target / name).exists()]
    try:
        for name in new:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(course / name, target / name)
    except OSError as error:
        raise place.Slip(f"cannot copy the course to {target}: {error.strerror}") from None
    if notebooks := sum(name.suffix == ".ipynb" for name in new):
        print(f"lossbook: copied {notebooks} notebook(s) to {target}")
    return target
