"""The plan of the repository: its folders, the commands of its tests, light imports, versions."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from types import SimpleNamespace

import pytest

import lossbook
from tests import conftest

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
MODULES = {path.stem for path in ROOT.glob("lossbook/*.py")} - {"__init__"}
MODULES |= {path.parent.name for path in ROOT.glob("lossbook/*/__init__.py")}
PUBLIC = {name for name in MODULES if not name.startswith("_")}
CHAPTERS = PUBLIC - {"cli", "grading", "exercises", "checking", "derive", "notebook"}


def test_top_level_has_only_planned_entries():
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
        "docs",
        "lossbook",
        "exercises",
        "tests",
        "README.md",
        "requirements.txt",
        "runtime.txt",
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


@pytest.mark.parametrize("module", sorted(PUBLIC))
def test_every_module_has_its_tests(module):
    tests = ROOT / "tests"
    assert (tests / f"test_{module}.py").is_file() or list((tests / module).glob("test_*.py"))


# Tests that plain `pytest` leaves out: each kind has a marker, a command and a step of the CI.

PYTEST = SETTINGS["tool"]["pytest"]["ini_options"]
MARKERS = [line.partition(":")[0] for line in PYTEST["markers"]]


def test_plain_pytest_deselects_every_marker():
    assert f"-m not ({' or '.join(MARKERS)})" in PYTEST["addopts"]


@pytest.mark.parametrize("marker", MARKERS)
def test_ci_runs_the_tests_of_each_marker(marker):
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
def test_folder_named_like_a_marker_is_marked(marker):
    [path, *_] = sorted((ROOT / "tests" / marker).glob("test_*.py"))
    item = SimpleNamespace(path=path, add_marker=(marks := []).append)
    conftest.pytest_collection_modifyitems([item])
    assert marks == [marker]


def test_only_marked_tests_open_a_sandbox():
    """Opening one takes a second, so these tests run with `make test-sandbox`."""
    opens = re.compile(
        r"\b(?:open_sandbox|ForkSandbox|SpawnSandbox)\(|^from tests.helpers.sandboxes", re.M
    )
    marked = {ROOT / "tests" / name for name in (*MARKERS, "benchmarks")}
    for path in sorted(ROOT.glob("tests/**/*.py")):
        if not marked & set(path.parents):
            text = path.read_text(encoding="utf-8")
            assert not opens.search(text) or "pytestmark = pytest.mark.sandbox" in text, path.name


# Imports: `make lint` runs the contracts of pyproject.toml. What they cannot say: what a program
# has loaded after an import.

LAZY = """
import sys
{statement}
heavy = ["scipy", "sklearn", "matplotlib", "IPython", "jupyterlab", "nbformat", "lossbook.grading"]
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
def test_import_loads_no_heavy_package(statement):
    program = LAZY.format(statement=statement)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_modules_load_on_first_use():
    for name in PUBLIC - {"cli"}:
        assert getattr(lossbook, name).__name__ == f"lossbook.{name}"
        assert name in dir(lossbook)


# Dependencies


EXTRAS = PROJECT["optional-dependencies"]


def distribution(requirement):
    return re.match(r"[\w-]+", requirement)[0]


def imported():
    """The top-level modules that lossbook imports, also inside functions."""
    for path in ROOT.glob("lossbook/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module.partition(".")[0]


def test_every_import_is_declared():
    declared = {distribution(one) for one in sum(EXTRAS.values(), PROJECT["dependencies"])}
    installed = packages_distributions()
    for module in set(imported()) - sys.stdlib_module_names - {"lossbook"}:
        names = installed.get(module, [module])  # an extra may not be installed
        assert declared & {name.lower().replace("_", "-") for name in names}, module


def test_contributing_explains_every_dependency():
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = contributing.split("## What each dependency saves us")[1].split("\n")
    named = {
        (name, extra)
        for row in rows
        if (cells := re.match(r"\| ([\w, -]+?) *(?:\(`\.\[(\w+)\]`.*\))? \|", row))
        for name, extra in [(name, cells[2]) for name in cells[1].split(", ")]
    }
    expected = {(distribution(one), None) for one in PROJECT["dependencies"] + EXTRAS["test"]}
    for extra in EXTRAS.keys() - {"test"}:
        expected |= {(distribution(one), extra) for one in EXTRAS[extra]}
    assert expected - {("pytest", "nbgrader")} == named - {("package", None), ("uv", None)}


def requirements():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in (line.partition("#")[0].strip() for line in lines) if line]


def test_requirements_list_dependencies_and_test_tools():
    """Binder reads requirements.txt only; `-e .` makes it bring the package along."""
    package = [*PROJECT["dependencies"], *EXTRAS["grading"], *EXTRAS["test"]]
    assert requirements() == [*package, "-e ."]


def test_dockerfile_copies_all_files_of_the_wheel():
    wheel = SETTINGS["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", "README.md", *PROJECT["license-files"]}
    needed |= {*wheel["only-include"], *wheel["force-include"]}
    dockerfile = (ROOT / "lossbook/grading/Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (.*) \S+$", dockerfile, re.MULTILINE)
    assert needed == set(" ".join(copied).split())


# Versions: each is written in one place for each tool, and they must agree.


def test_requirements_are_version_ranges():
    for line in requirements()[:-1]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+(,<[\d.]+)?(; sys_platform == '\w+')?", line), line


def test_python_versions_agree():
    oldest = PROJECT["requires-python"].removeprefix(">=")
    named = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    tried = re.findall(r'"(3\.\d+)"', re.search(r"python: \[(.*)\]", workflow)[1])
    minors = [int(version.partition(".")[2]) for version in named]
    assert minors == list(range(minors[0], minors[-1] + 1))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [named[0], named[-1]] == tried
    assert oldest == named[0] == ".".join(re.search(r"< \((3), (\d+)\)", makefile).groups())
