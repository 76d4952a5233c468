"""The zip that makes Gradescope run `lossbook grade` on what a student uploads.

Where the secret seed is: in the zip, which only teachers see; then in /root/lossbook of the
image, a folder of root's own, and nowhere below /autograder. The judge reads it. The sandbox, in
which the student's code runs, is under Landlock, with a list of what may be read: Python and
the packages of the course. /root is not on that list, nor is /autograder. Where the image has no
Landlock, `lossbook grade` refuses to run a stranger's code at all (the script does not say
--trusted), and the submission is shown as failed: not as 0, and the seed was near no student.
"""

import io
import re
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from lossbook.grading.gradebook.atomic import BookError, write

_PACKAGE = Path(__file__).resolve().parents[2]
_CHAPTER = re.compile(r"\d\d")
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
# The secret leaves the folder of the autograder for one of root's own.
install -d -m 700 /root/lossbook
install -m 600 seed /root/lossbook/seed
rm seed
"""

_RUN = """\
#!/usr/bin/env bash
# Grades /autograder/submission. Without a grade it leaves no results.json: Gradescope then says
# that the run has failed, and does not count it as 0. What is printed here only teachers see.
set -uo pipefail
base=${AUTOGRADER:-/autograder}
python=${LOSSBOOK_PYTHON:-/opt/lossbook/bin/python}
seed=${LOSSBOOK_SEED:-/root/lossbook/seed}
rm -f "$base/results/results.json"
# `lossbook grade` makes a seed where there is none; here that would be another one each time.
[ -s "$seed" ] || { echo "lossbook: there is no seed at $seed"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/class"
# One student, whatever the files are called. Links stay links: they are not followed.
cp -RP "$base/submission" "$work/class/submission"
# Gradescope's own limit (10 minutes) would give a 0; ours ends before that.
timeout --kill-after=10 540 "$python" -m lossbook.cli grade "$work/class" \\
    --chapter CHAPTER --out "$work/grades" --seed-file "$seed"
# Whatever came of it: the next line takes one result with a score, or nothing.
"$python" -m lossbook.grading.export.gradescope \\
    "$work/grades/gradescope" "$base/results/results.json"
"""

_README = """\
An autograder for Gradescope, made by `lossbook gradescope`: chapter {chapter}.

Upload this zip as it is ("Configure Autograder"). It holds the secret seed of the course, so
keep it as you keep the exam. setup.sh moves the seed to /root/lossbook in the image; the sandbox in
which student code runs may read Python and its packages, and nothing else.
"""


def autograder_zip(chapter, path, seed_file):
    """Write the autograder of a chapter to `path`, with the seed in `seed_file`.

    Raises ValueError where there is no such chapter's name, BookError where a file cannot be
    read or written.
    """
    if not isinstance(chapter, str) or not _CHAPTER.fullmatch(chapter):
        raise ValueError(f"chapter must be two digits, as '02', not {chapter!r}")
    try:
        seed = Path(seed_file).read_bytes()
    except OSError as error:
        raise BookError(f"cannot read the seed in {seed_file}: {error.strerror}") from None
    python = "{}.{}".format(*sys.version_info)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", _SETUP.format(python=python), 0o755)
        _add(archive, "run_autograder", _RUN.replace("CHAPTER", chapter), 0o755)
        _add(archive, "README.txt", _README.format(chapter=chapter))
        _add(archive, "requirements.txt", "".join(f"{line}\n" for line in _requirements()))
        _add(archive, "seed", seed, 0o600)
        for source in sorted(_PACKAGE.rglob("*")):
            if source.is_file() and "__pycache__" not in source.parts:
                name = "lossbook/" + source.relative_to(_PACKAGE).as_posix()
                _add(archive, name, source.read_bytes())
    write(path, made.getvalue())
    Path(path).chmod(0o600)  # it holds the seed


def _add(archive, name, content, mode=0o644):
    entry = zipfile.ZipInfo(name, _MIDNIGHT)
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, also when it is made on Windows: the modes count
    archive.writestr(entry, content)


def _requirements():
    """What lossbook needs, each package in the version that is here."""
    try:
        wanted = metadata.requires("lossbook") or []
    except metadata.PackageNotFoundError:
        raise BookError(
            "lossbook is not installed as a package here, so what it needs is not known; "
            "install it with pip, and run the same command again"
        ) from None
    return [_pinned(line) for line in wanted if "extra ==" not in line]


def _pinned(line):
    package, semicolon, where = line.partition(";")
    name = re.match(r"[\w.-]+", package)[0]
    try:
        return f"{name}=={metadata.version(name)}{semicolon}{where}"
    except metadata.PackageNotFoundError:  # needed on other systems only
        return line
