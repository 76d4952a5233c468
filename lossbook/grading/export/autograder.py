"""The zip that makes Gradescope run `lossbook grade` on each uploaded submission.

The secret seed is in the zip, which only teachers can see. In the image it is in /root/lossbook,
readable by root only, and nowhere below /autograder. The grader reads it; the sandbox that runs
the student's code cannot: Landlock lets it read Python and the packages of the course only. Where
the image has no Landlock, `lossbook grade` refuses to run the code (the script does not pass
--trusted), and the submission is shown as failed, not as 0.
"""

import io
import os
import re
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from lossbook.grading.gradebook.errors import GradebookError, write_file

_PACKAGE = Path(__file__).resolve().parents[2]
_CHAPTER = re.compile(r"\w{1,20}", re.A)
_MIDNIGHT = (2020, 1, 1, 0, 0, 0)  # a fixed date: the same course gives the same bytes

_SETUP = """\
#!/usr/bin/env bash
# Built once, by root: the versions of Python and of the packages that the teacher has.
set -euo pipefail
cd /autograder/source
apt-get update
apt-get install -y python3 python3-venv ca-certificates
python3 -m venv /opt/uv
/opt/uv/bin/pip install uv
export UV_PYTHON_INSTALL_DIR=/opt/python
/opt/uv/bin/uv venv --python {python} /opt/lossbook
/opt/uv/bin/uv pip install --python /opt/lossbook/bin/python -r requirements.txt
place=$(/opt/lossbook/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mv lossbook "$place/"
# The secret leaves the folder of the autograder for one of root's own, and so do the exercises
# of a teacher's own chapter, which hold the references.
install -d -m 700 /root/lossbook
[ ! -d own ] || mv own/* /root/lossbook/
install -m 600 seed /root/lossbook/seed
rm seed
"""

_RUN = """\
#!/usr/bin/env bash
# Grades /autograder/submission. Without a grade it leaves no results.json: Gradescope then shows
# a failed run, and does not count it as 0. Only teachers see what is printed here.
set -uo pipefail
base=${AUTOGRADER:-/autograder}
python=${LOSSBOOK_PYTHON:-/opt/lossbook/bin/python}
seed=${LOSSBOOK_SEED:-/root/lossbook/seed}
chapter=${LOSSBOOK_CHAPTER:-CHAPTER}
rm -f "$base/results/results.json"
# `lossbook grade` creates a missing seed; here that would be a new one for each submission.
[ -s "$seed" ] || { echo "lossbook: there is no seed at $seed"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/class"
# One student, whatever the file names are. Links are copied as links, not followed.
cp -RP "$base/submission" "$work/class/submission"
# Gradescope's own limit (10 minutes) would give a 0; ours ends before that.
timeout --kill-after=10 540 "$python" -m lossbook.cli grade "$work/class" \\
    --chapter "$chapter" --out "$work/grades" --seed-file "$seed" \\
    --gradescope "$base/results/results.json"
"""

_README = """\
An autograder for Gradescope, made by `lossbook gradescope`: chapter {chapter}.

Upload this zip as it is ("Configure Autograder"). It holds the secret seed of the course, so
keep it as you keep the exam. setup.sh moves the seed to /root/lossbook in the image; the sandbox
in which student code runs can read Python and its packages, and nothing else.
"""


def autograder_zip(
    chapter: str,
    path: str | os.PathLike,
    seed_file: str | os.PathLike,
    *,
    folder: Path | None = None,
) -> None:
    """Write the autograder of a chapter to `path`, with the seed in `seed_file`.

    folder : for a teacher's own chapter, the folder of its Python files and notebook

    Raises ValueError for a malformed chapter, GradebookError where a file cannot be read or
    written.
    """
    if not isinstance(chapter, str) or not _CHAPTER.fullmatch(chapter):
        raise ValueError(f"chapter must be letters, digits and _, as '02', not {chapter!r}")
    try:
        seed = Path(seed_file).read_bytes()
    except OSError as error:
        raise GradebookError(f"cannot read the seed in {seed_file}: {error.strerror}") from None
    python = "{}.{}".format(*sys.version_info)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", _SETUP.format(python=python), 0o755)
        place = f"/root/lossbook/{chapter}" if folder else chapter
        _add(archive, "run_autograder", _RUN.replace(":-CHAPTER", f":-{place}"), 0o755)
        _add(archive, "README.txt", _README.format(chapter=chapter))
        _add(archive, "requirements.txt", "".join(f"{line}\n" for line in _requirements()))
        _add(archive, "seed", seed, 0o600)
        if folder:
            for file in (*sorted(Path(folder).glob("*.py")), Path(folder, f"{chapter}.ipynb")):
                _add(archive, f"own/{chapter}/{file.name}", file.read_bytes(), 0o600)
        for source in sorted(_PACKAGE.rglob("*")):
            if source.is_file() and "__pycache__" not in source.parts:
                name = "lossbook/" + source.relative_to(_PACKAGE).as_posix()
                _add(archive, name, source.read_bytes())
    write_file(path, content.getvalue())
    Path(path).chmod(0o600)  # it holds the seed


def _add(archive, name, content, mode=0o644):
    entry = zipfile.ZipInfo(name, _MIDNIGHT)
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, also when it is made on Windows: the modes count
    archive.writestr(entry, content)


def _requirements():
    """What lossbook and its extra `grading` need, each package in the version installed here."""
    try:
        lines = metadata.requires("lossbook") or []
    except metadata.PackageNotFoundError:
        raise GradebookError(
            "lossbook is not installed as a package here, so its requirements are not known; "
            "install it with pip, and run the same command again"
        ) from None
    # The image has no extras: what remains of a marker is, for example, a platform.
    plain = [re.sub(r"""\s*(;|and)\s*extra == ["']grading["']""", "", line) for line in lines]
    return [_pinned(line) for line in plain if "extra ==" not in line]


def _pinned(line):
    package, semicolon, marker = line.partition(";")
    name = re.match(r"[\w.-]+", package)[0]
    try:
        return f"{name}=={metadata.version(name)}{semicolon}{marker}"
    except metadata.PackageNotFoundError:  # needed on other systems only
        return line
