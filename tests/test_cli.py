"""The command `lossbook`: what it hands to JupyterLab, which files it touches, what it says."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import lossbook
from lossbook import cli
from lossbook.cli import place
from lossbook.notebook import trust
from lossbook.notebook.outputs import Comparison
from lossbook.notebook.refresh import RefreshError

ROOT = Path(__file__).parents[1]
COURSE = (
    "notebooks/01_one.ipynb",
    "notebooks/02_two.ipynb",
    "exercises/02_two_exercises.ipynb",
    "conftest.py",
)
FIRST = min(ROOT.glob("notebooks/*.ipynb")).name


@pytest.fixture
def jupyterlab(monkeypatch):
    """Stands in for JupyterLab and keeps the arguments it was started with; nothing is signed."""
    started = []
    for variable in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        monkeypatch.setenv(variable, "")  # the command changes it
    monkeypatch.setattr(trust, "sign", lambda contents: None)
    monkeypatch.setattr("jupyterlab.labapp.main", started.append)
    return started


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """As if lossbook stood in site-packages, with three notebooks, and the user in `work`."""
    course = tmp_path / "site-packages" / "lossbook" / "course"
    for name in COURSE:
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(f"packaged {name}")
    work = tmp_path / "my work"
    work.mkdir()
    monkeypatch.setattr(place, "PACKAGE", course.parent)
    monkeypatch.chdir(work)
    return work


def test_lab_opens_the_first_notebook_of_the_checkout(jupyterlab):
    assert cli.main(["lab"]) == 0
    [argv] = jupyterlab
    assert f"--ServerApp.root_dir={ROOT}" in argv
    assert f"--LabApp.default_url=/lab/tree/notebooks/{FIRST}" in argv


def test_lab_hands_other_arguments_on_and_lets_them_win(jupyterlab):
    assert cli.main(["lab", "--no-browser", "--port", "8899"]) == 0
    assert jupyterlab[0][-3:] == ["--no-browser", "--port", "8899"]


def test_lab_keeps_the_folders_that_the_user_names(jupyterlab, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "kernels of mine")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "settings of mine")
    assert cli.main(["lab"]) == 0
    assert os.environ["JUPYTER_PATH"].split(os.pathsep)[1:] == ["kernels of mine"]
    mine, ours = os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert mine == "settings of mine"
    assert Path(ours, "jupyter_server_config.d", "lossbook.json").is_file()


def test_lab_gives_a_kernel_with_the_extensions(jupyterlab, monkeypatch):
    def read(argv):
        path = Path(os.environ["JUPYTER_PATH"], "kernels", "python3", "kernel.json")
        kernels.append(json.loads(path.read_text(encoding="utf-8")))

    kernels = []
    monkeypatch.setattr("jupyterlab.labapp.main", read)
    assert cli.main(["lab"]) == 0
    [kernel] = kernels
    assert kernel["argv"][0] == sys.executable
    assert kernel["argv"][-2:] == ["--ext=lossbook.derive.magics", "--ext=lossbook.notebook.cold"]
    assert kernel["display_name"] == "Python 3 (ipykernel)"
    assert not Path(os.environ["JUPYTER_PATH"]).exists()


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_lab_allows_root_only_for_root(jupyterlab, monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert cli.main(["lab"]) == 0
    assert ("--allow-root" in jupyterlab[0]) is allowed


def test_lab_really_starts(tmp_path):
    """The address of the first notebook is printed, for machines without a browser."""
    folders = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"]
    alone = dict.fromkeys(folders, str(tmp_path))
    server = subprocess.Popen(
        [sys.executable, "-m", "lossbook.cli", "lab", "--no-browser", "--ServerApp.port=0"],
        cwd=ROOT,
        env=os.environ | alone,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    alarm = threading.Timer(300, server.kill)  # a busy machine is not a mistake
    alarm.start()
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if f"/lab/tree/notebooks/{FIRST}?token=" in line:
                break
        else:
            pytest.fail("".join(said))
    finally:
        alarm.cancel()
        server.kill()  # it ignores a polite request that comes before its event loop runs
        server.communicate()


def test_an_installed_package_copies_the_course(installed, jupyterlab, capsys):
    assert cli.main(["lab"]) == 0
    copy = installed / "lossbook-course"
    for name in COURSE:
        assert (copy / name).read_text() == f"packaged {name}"
    assert "copied 3 notebook(s)" in capsys.readouterr().out
    assert f"--ServerApp.root_dir={copy}" in jupyterlab[0]
    assert "--LabApp.default_url=/lab/tree/notebooks/01_one.ipynb" in jupyterlab[0]


def test_the_copy_never_overwrites_a_file(installed, jupyterlab, capsys):
    mine = installed / "lossbook-course" / "notebooks" / "02_two.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("my answers")
    assert cli.main(["lab"]) == 0
    assert mine.read_text() == "my answers"
    assert (mine.parent / "01_one.ipynb").exists()
    assert "copied 2 notebook(s)" in capsys.readouterr().out
    assert cli.main(["lab"]) == 0
    assert capsys.readouterr().out == ""


def refuses(capsys, argv, *words):
    """The command fails with one line that holds `words` and has no traceback."""
    try:
        status = cli.main(argv)
    except SystemExit as leave:  # argparse
        status = leave.code
    said = capsys.readouterr().err
    assert status == 2
    assert "Traceback" not in said
    for word in words:
        assert word in said


def test_slips_are_explained(installed, jupyterlab, capsys, monkeypatch):
    refuses(capsys, [], "COMMAND")
    refuses(capsys, ["laboratory"], "laboratory")
    refuses(capsys, ["refresh", "--chek"], "--chek")
    refuses(capsys, ["refresh", "no such.ipynb"], "no such notebook: no such.ipynb")
    refuses(capsys, ["refresh"], "not a checkout", "name the notebooks")
    (installed / "lossbook-course").write_text("a file in the way")
    refuses(capsys, ["lab"], "cannot copy the course", "lossbook-course")
    monkeypatch.setattr(place, "PACKAGE", installed)
    refuses(capsys, ["lab"], "has no notebooks")
    assert jupyterlab == []


def test_a_missing_jupyterlab_is_explained(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    refuses(capsys, ["lab"], "JupyterLab is not installed", "pip install jupyterlab")


def test_a_checkout_without_notebooks_is_explained(tmp_path, jupyterlab, capsys, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(place, "PACKAGE", tmp_path / "lossbook")
    refuses(capsys, ["lab"], "no notebook found")


@pytest.fixture
def refreshed(monkeypatch):
    """Stands in for the refreshing: "same", "new" and "bad" notebooks; keeps what was asked."""
    asked = []

    def stand_in(asks, answers):
        def answer(path):
            asked.append((path.name, asks))
            if path.stem == "bad":
                raise RefreshError(f"{path.name}, cell a-slip: ValueError: no")
            return answers[path.stem == "new"]

        return answer

    unlike = Comparison(["cell a gives 'text: 2', stored is 'text: 1'"], [])
    monkeypatch.setattr("lossbook.notebook.refresh.refresh", stand_in("refresh", [False, True]))
    answers = [Comparison([], ["3 picture(s) not compared: …"]), unlike]
    monkeypatch.setattr("lossbook.notebook.refresh.check", stand_in("check", answers))
    return asked


def test_refresh_takes_every_notebook_of_the_checkout(refreshed):
    assert cli.main(["refresh"]) == 0
    every = sorted(path.name for path in ROOT.glob("notebooks/*.ipynb"))
    assert refreshed == [(name, "refresh") for name in every]


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["new.ipynb"], 0, "new.ipynb: refreshed"),
        (["same.ipynb"], 0, "same.ipynb: unchanged"),
        (["--check", "same.ipynb"], 0, "same.ipynb: as promised\n  3 picture(s) not compared"),
        (["--check", "new.ipynb", "same.ipynb"], 1, "new.ipynb: differs\n  cell a gives 'text: 2'"),
        (["bad.ipynb", "new.ipynb"], 2, "new.ipynb: refreshed"),
        (["--check", "bad.ipynb", "new.ipynb"], 2, "new.ipynb: differs"),
    ],
)
def test_refresh_reports(refreshed, tmp_path, monkeypatch, capsys, argv, status, said):
    """Status 2 is for a notebook that could not be run, whatever the others say."""
    monkeypatch.chdir(tmp_path)
    for name in ("new", "same", "bad"):
        (tmp_path / f"{name}.ipynb").touch()
    assert cli.main(["refresh", *argv]) == status
    out, err = capsys.readouterr()
    assert said in out
    assert ("cell a-slip: ValueError" in err) is ("bad.ipynb" in argv)
    assert {asks for _, asks in refreshed} == {"check" if "--check" in argv else "refresh"}


def test_version(capsys):
    with pytest.raises(SystemExit) as leave:
        cli.main(["--version"])
    assert leave.value.code == 0
    assert capsys.readouterr().out == f"lossbook {lossbook.__version__}\n"


def test_slips_with_exercises_are_explained(capsys, tmp_path):
    refuses(capsys, ["check"], "NOTEBOOK")
    refuses(capsys, ["check", "no such.ipynb"], "no such notebook: no such.ipynb")
    refuses(
        capsys,
        ["release", "12"],
        "a chapter must be one of 01, 02",
        "lossbook new mycourse",
        "got '12'",
    )
    refuses(capsys, ["release", "--for-nbgrader"], "--for-nbgrader needs --to")
    refuses(capsys, ["release", "--pack"], "--pack needs --to")
    refuses(capsys, ["release", "--roster", "x.csv"], "--roster needs one chapter of your own")


def test_a_pack_is_written_on_request(capsys, tmp_path):
    assert cli.main(["release", "01", "--pack", "--to", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "01_what_a_loss_is_exercises.ipynb",
        "01.json",
    }


def test_release_does_not_overwrite_the_solutions(capsys, monkeypatch):
    monkeypatch.setattr("lossbook.notebook.release.write", lambda *_, **__: pytest.fail("written"))
    refuses(capsys, ["release", "--to", str(ROOT / "exercises" / "solutions")], "would be lost")


def test_progress_is_shown_chapter_by_chapter(capsys, tmp_path, monkeypatch):
    kept = tmp_path / "progress.json"
    kept.write_text('{"solved": ["02.newsagent"]}')
    monkeypatch.setenv("LOSSBOOK_PROGRESS", str(kept))
    assert cli.main(["progress"]) == 0
    told = capsys.readouterr().out
    assert "chapter 02: 1 of 6 solved" in told
    assert "✓ ★★   The newsagent" in told
    assert f"kept in {kept}" in told


def test_assignment_for_nbgrader_keeps_solutions_only(capsys, tmp_path):
    assert cli.main(["release", "02", "--for-nbgrader", "--to", str(tmp_path)]) == 0
    [path] = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    assert "### BEGIN SOLUTION" in text
    assert "**Discussion.**" not in text


def test_with_solutions_copies_them_beside_the_students_version(capsys, tmp_path):
    assert cli.main(["release", "02", "--with-solutions", "--to", str(tmp_path)]) == 0
    [students] = tmp_path.glob("*.ipynb")
    [solved] = (tmp_path / "solutions").iterdir()
    assert students.name == "02_squared_error_exercises.ipynb"
    assert solved.name == "02_squared_error_solutions.ipynb"
    assert "### BEGIN SOLUTION" in solved.read_text(encoding="utf-8")
    assert "### BEGIN SOLUTION" not in students.read_text(encoding="utf-8")
    for path in (students, solved):  # outside of the course no link leads to a page
        text = path.read_text(encoding="utf-8")
        assert "They go with the chapter." in text
        assert ".ipynb" not in text
    assert cli.main(["release", "02", "--with-solutions"]) == 2
    assert "--to DIRECTORY" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv", [["grade", "x"], ["gradescope", "02"], ["verify", "02"], ["doctor"]], ids=" ".join
)
def test_a_class_needs_the_extra_and_the_course_does_not(argv, capsys, monkeypatch):
    monkeypatch.setattr("lossbook.cli.place.find_spec", lambda name: None)
    refuses(capsys, argv, 'pip install "lossbook[grading]"')


def test_a_learner_imports_nothing_that_grades_a_class():
    program = (
        "import sys\nfrom lossbook import cli\nfrom lossbook.exercises import CHAPTERS, checker\n"
        "for chapter in CHAPTERS:\n    checker(chapter)\n"
        "grades = ('lossbook.grading', 'jinja2', 'filelock', 'landlockpy')\n"
        "print([name for name in sys.modules if name.startswith(grades)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("[]\n", "")
