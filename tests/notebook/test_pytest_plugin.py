"""The plugin of pytest finds what nbval overlooks."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.helpers.picture_notebook import STORED, store

ROOT = Path(__file__).parents[2]


def nbval(folder, *arguments):
    """What a run of `pytest --nbval` in a folder like that of `lossbook lab` prints."""
    shutil.copy(ROOT / "conftest.py", folder)
    command = [sys.executable, "-m", "pytest", "--nbval", "-rA", "--color=no", *arguments]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:xdist"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=plain | {"PYTHONPATH": str(ROOT)},
    )
    return done.stdout + done.stderr


def test_outputs_and_pictures_are_compared_after_the_cells(tmp_path):
    """Every cell passes; a notebook passes only where its stored outputs are those of the run."""
    (tmp_path / "folder").mkdir()
    for name, stored in STORED.items():
        folder = tmp_path if name == "the picture" else tmp_path / "folder"
        store(folder / f"{name}.ipynb", *stored)
    said = nbval(tmp_path, "folder", "the picture.ipynb")
    found = re.findall(r"^FAILED (?:folder/)?(.*?)\.ipynb::(\w+)", said, re.MULTILINE)
    assert sorted(found) == [
        (name, "outputs_and_pictures")
        for name in ("the kind", "the order", "the picture", "the picture in a page")
    ], said
    assert "cell a-image, picture 1 of 1 looks different: by 30 of 255 levels" in said
    assert re.search("SKIPPED.*1 picture.* the stored are by Matplotlib 1.0, this is", said)
    assert len(re.findall("^PASSED", said, re.MULTILINE)) == 7 * (4 + 1) - len(found) - 1


def test_missing_nbval_is_reported_with_the_command_that_installs_it(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['nbval'] = None")
    shutil.copy(ROOT / "conftest.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-p", "no:nbval", "-p", "no:xdist"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert done.stderr.strip() == "ERROR: the notebooks are tested by nbval: pip install nbval"
