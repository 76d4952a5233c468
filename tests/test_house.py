"""The plan of the house: what stands where, which way the arrows run, which versions are meant."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

import lossbook
from tests import conftest

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
MODULES = {path.stem: [path] for path in ROOT.glob("lossbook/*.py") if path.stem != "__init__"}
# A module that outgrew one sitting is a small package of the same name.
MODULES |= {
    folder.parent.name: sorted(folder.parent.rglob("*.py"))
    for folder in ROOT.glob("lossbook/*/__init__.py")
}

# Every module of lossbook by the floor it stands on; whoever is not listed is a chapter.
FOUNDATION = {"_atomic", "_console", "_validation"}
SERVICES = {"derive", "checking", "grading"}
COMMANDS = {"cli", "notebook"}
EXERCISES = {"exercises"}
CHAPTERS = MODULES.keys() - FOUNDATION - SERVICES - COMMANDS - EXERCISES
# Estimators may take scikit-learn's base classes and SciPy's solvers, on first use only.
ESTIMATORS = {"network", "softmax", "svm"}
# A chapter that takes up what an earlier one has derived; a teacher's pages, drawn as the course's.
LEANS = {"network": {"softmax"}, "grading": {"checking"}}


def test_the_top_level_holds_what_the_plan_names():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout, so what belongs to the project is not known")
    top = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert top - {".gitignore", ".gitattributes"} <= {
        "notebooks",
        "lossbook",
        "exercises",
        "tests",
        "README.md",
        "requirements.txt",
        "pyproject.toml",
        "conftest.py",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "Makefile",
        "LICENSE",
        ".github",
        ".ci",
    }


@pytest.mark.parametrize("module", sorted(MODULES.keys() - FOUNDATION))
def test_every_module_has_its_tests(module):
    tests = ROOT / "tests"
    assert (tests / f"test_{module}.py").is_file() or list((tests / module).glob("test_*.py"))


# Tests that plain `pytest` leaves out: each kind has a marker, a command and a step of the CI.

PYTEST = SETTINGS["tool"]["pytest"]["ini_options"]
MARKERS = [line.partition(":")[0] for line in PYTEST["markers"]]


def test_plain_pytest_leaves_out_what_has_a_marker():
    assert f"-m not ({' or '.join(MARKERS)})" in PYTEST["addopts"]


@pytest.mark.parametrize("marker", MARKERS)
def test_each_marker_has_a_command_that_ci_runs(marker):
    makefile, ci, workflow = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("Makefile", ".ci/run", ".github/workflows/ci.yml")
    )
    selected = "--noconftest" if marker == "nbgrader" else f"-m {marker}"  # it has no nbval
    assert re.search(
        rf"^test-{marker}:.* ## .*\n\t.* -m pytest .*{selected}.* tests(/{marker})?$",
        makefile,
        re.MULTILINE,
    )
    assert re.search(rf"set -- .*\btest-{marker}\b", ci.replace("\\\n", ""))
    assert re.search(rf"run: .ci/run .*\btest-{marker}\b", workflow)


@pytest.mark.parametrize("marker", MARKERS)
def test_a_folder_named_as_a_marker_is_marked(marker):
    [path, *_] = sorted((ROOT / "tests" / marker).glob("test_*.py"))
    item = SimpleNamespace(path=path, add_marker=(marks := []).append)
    conftest.pytest_collection_modifyitems([item])
    assert marks == [marker]


def test_only_tests_with_the_marker_open_a_sandbox():
    """Opening one takes a second, so these tests run with `make test-sandbox`."""
    opens = re.compile(
        r"\b(?:open_sandbox|ForkSandbox|SpawnSandbox)\(|^from tests.helpers.sandboxes", re.M
    )
    marked = {ROOT / "tests" / name for name in (*MARKERS, "benchmarks")}
    for path in sorted(ROOT.glob("tests/**/*.py")):
        if not marked & set(path.parents):
            text = path.read_text(encoding="utf-8")
            assert not opens.search(text) or "pytestmark = pytest.mark.sandbox" in text, path.name


def imports(module):
    """The modules that a module imports, also inside functions, as dotted names."""
    for path in MODULES[module]:
        yield from imports_of(path)


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own(module):
    """The other modules of lossbook that a module imports."""
    names = {name.split(".")[1] for name in imports(module) if name.startswith("lossbook.")}
    return names - {"__version__", module}


def foreign(module):
    return {name.split(".")[0] for name in imports(module)} - sys.stdlib_module_names - {"lossbook"}


@pytest.mark.parametrize("module", sorted(CHAPTERS))
def test_chapters_rest_on_numpy_and_the_foundation(module):
    assert own(module) <= FOUNDATION | LEANS.get(module, set())
    lazily = {"scipy", "sklearn", "threadpoolctl"} if module in ESTIMATORS else set()
    assert foreign(module) <= {"numpy"} | lazily  # how lazily: test_imports_are_light


@pytest.mark.parametrize("module", sorted(FOUNDATION))
def test_the_foundation_rests_on_numpy(module):
    assert own(module) == set()
    assert foreign(module) <= {"numpy"}


@pytest.mark.parametrize("module", sorted(SERVICES & MODULES.keys()))
def test_services_rest_on_the_chapters(module):
    assert own(module) <= CHAPTERS | FOUNDATION | LEANS.get(module, set())


def test_exercises_rest_on_everything_below_and_need_no_more():
    assert own("exercises") <= SERVICES | CHAPTERS | FOUNDATION
    assert foreign("exercises") <= {"numpy", "scipy"}


LAZY = """
import sys
{statement}
heavy = ["scipy", "sklearn", "matplotlib", "IPython", "jupyterlab", "nbformat"]
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize(
    "statement",
    [
        "import lossbook",
        "import lossbook.cli",
        f"from lossbook import {', '.join(sorted(CHAPTERS))}",
    ],
)
def test_imports_are_light(statement):
    program = LAZY.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_modules_load_on_first_use():
    for name in CHAPTERS | EXERCISES | SERVICES & MODULES.keys() | {"notebook"}:
        assert getattr(lossbook, name).__name__ == f"lossbook.{name}"
        assert name in dir(lossbook)


# Versions: each is written in one place for each tool, and they must agree.


def requirements():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in (line.partition("#")[0].strip() for line in lines) if line]


def test_requirements_are_the_dependencies_the_test_tools_and_the_package_itself():
    """Binder and Colab read requirements.txt only; `-e .` makes it bring the package along."""
    listed = requirements()
    assert listed[-1] == "-e ."
    package = {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["grading"]}
    assert package < set(listed)
    tools = set(listed) - package - {"-e ."}
    assert {re.match(r"[\w-]+", tool)[0] for tool in tools} == {
        "nbval",
        "pytest",
        "pytest-xdist",
        "hypothesis",
        "mpmath",
    }
    assert len(listed) == len(set(listed))


def test_requirements_are_ranges():
    for line in requirements()[:-1]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+(,<[\d.]+)?(; sys_platform == '\w+')?", line), line


def test_the_versions_of_python_agree():
    oldest = PROJECT["requires-python"].removeprefix(">=")
    named = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    tried = re.findall(r'"(3\.\d+)"', re.search(r"python: \[(.*)\]", workflow)[1])
    minors = [int(version.partition(".")[2]) for version in named]
    assert minors == list(range(minors[0], minors[-1] + 1))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [named[0], named[-1]] == tried
    assert oldest == named[0] == ".".join(re.search(r"< \((3), (\d+)\)", makefile).groups())
