"""The work of `lossbook grade`: from a folder of submissions to results in the gradebook."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from lossbook.cli import place
from lossbook.cli.place import UserError
from lossbook.cli.release_roster import owners
from lossbook.exercises import CHAPTERS, FORBIDDEN
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.marking import batch, secret
from lossbook.grading.marking.assignment import Assignment, Variants
from lossbook.grading.marking.explain import explain
from lossbook.grading.marking.grader import blank_result
from lossbook.grading.marking.released import Released
from lossbook.grading.reports.environment import load_templates
from lossbook.grading.safe_text import quoted
from lossbook.grading.sandbox import isolation, tempdirs
from lossbook.grading.sandbox.layers import checks
from lossbook.grading.sandbox.open_sandbox import open_sandbox, refuses
from lossbook.grading.submissions import collect
from lossbook.grading.submissions.filenames import Chapters

_WITHOUT = {  # the layers that a tier leaves out
    isolation.FULL: set(),
    isolation.STRONG: {"namespaces"},
    isolation.PROCESS: {"namespaces", "landlock", "seccomp", "capabilities"},
}


# MB that the grader may take beyond what it begins with: a frame of JSON takes up to 30 times its
# 8 MB while it is read, in every worker.
_BESIDE, _OF_A_WORKER = 512, 256


def grade_class(
    submissions, chapter, seed_file, out, *, roster, layers, regrade, shard, workers, scheduler
):
    """Grade a folder; return the Gradebook and the Chapter.

    submissions : path
    chapter : "02" or a teacher's folder, or None for the one that most files are for
    seed_file : created if it is missing; out : folder of the gradebook
    roster : table of the names, where numbers were drawn for each, or None
    layers : from `choose_layers`
    regrade : whether to grade unchanged submissions again
    shard : (part, parts) to grade one part of the class, or None
    workers : threads; scheduler : address of a Dask scheduler to use instead, or None

    Raises UserError.
    """
    tempdirs.sweep()  # what a killed run has left
    with tempdirs.made("grade") as base:
        found, chapter = _collect(submissions, chapter, Path(base, "unpacked"))
        assignment = _assignment(chapter, seed_file, roster)
        gradebook = _gradebook(out)
        wanted, refused = found.submissions, found.refused
        if shard:
            wanted, refused = batch.shard(wanted, *shard), batch.shard(refused, *shard)
        todo = wanted if regrade else batch.to_do(wanted, assignment, gradebook)
        new, suspect, fatal = batch.by_deaths([] if regrade else todo, assignment, gradebook)
        for one in refused:
            gradebook.save(blank_result(one.submission, assignment, one.why))
        if len(todo) < len(wanted):
            print(f"{len(wanted) - len(todo)} of {len(wanted)} are unchanged and not graded again.")
        for one in fatal:
            gradebook.save(batch.fatal_result(one, assignment))
        new = todo if regrade else new
        if new or suspect:
            _grade(new, suspect, assignment, chapter, gradebook, layers, workers, scheduler)
    for note in gradebook.notes:
        print(f"lossbook: {note}")
    return gradebook, chapter


def explain_one(submissions, chapter, seed_file, *, roster, layers, test, for_student):
    """Print the tests and the failing calls of one file, with what was expected."""
    with tempdirs.made("explain") as base:
        found, chapter = _collect(submissions, chapter, Path(base, "unpacked"))
        if len(found.submissions) != 1:
            raise UserError(f"--explain is for one file; there are {len(found.submissions)}")
        assignment = _assignment(chapter, seed_file, roster)
        with _sandboxes(assignment, chapter, layers) as sandboxes:
            lines = explain(found.submissions[0], assignment, sandboxes, test, for_student)
        # A hostile text may command a terminal, or look like a line of the report.
        print("\n".join(map(quoted, lines)))


def choose_layers(tier, trusted):
    """The isolation layers to apply; UserError if they are too few for untrusted code."""
    without = _WITHOUT[tier or isolation.FULL]
    found = checks()
    layers = tuple(one.layer for one in found if one.works and one.layer not in without)
    available = isolation.tier_of(layers)
    if tier and available != tier:
        raise UserError(
            f"this machine has no tier {tier!r}, only {available!r}; see: lossbook doctor"
        )
    if why := refuses(available, trusted):
        missing = [f"  no {one.layer}: {one.message}" for one in found if not one.works]
        raise UserError("\n".join([why, *missing]))
    return layers


def templates_in(directory):
    """The Jinja2 environment with a teacher's templates. Raises UserError."""
    try:
        return load_templates(directory)
    except ValueError as error:
        raise UserError(str(error)) from None


# ---------------------------------------------------------------------------- before grading


def _collect(submissions, chapter, unpacked):
    """What was handed in, and the Chapter."""
    wanted = place.chapter(chapter) if chapter else None
    known = CHAPTERS if wanted is None else {wanted.number: wanted} | CHAPTERS
    names = Chapters({number: one.name for number, one in known.items()})
    try:
        found = collect.find(submissions, unpacked, names, wanted and wanted.number)
    except ValueError as error:
        raise UserError(str(error)) from None
    if not found.submissions and not found.refused:
        raise UserError(f"there is no notebook in {submissions}")
    if wanted:
        return found, wanted
    number = collect.majority_chapter(found.submissions, names)
    if number is None:
        raise UserError(
            "the files do not say which chapter they are for; add --chapter 02, or --chapter "
            "mycourse/week3 for your own"
        )
    if number not in CHAPTERS:
        raise UserError(f"the files are for a chapter of your own; add --chapter mycourse/{number}")
    # Now that the chapter is known, the files for it are chosen.
    return collect.find(submissions, unpacked / "again", names, number), CHAPTERS[number]


def _assignment(chapter, seed_file, roster):
    try:
        key, created = secret.load(seed_file)
    except secret.SecretError as error:
        raise UserError(str(error)) from None
    if created:
        print(f"made {seed_file}: the secret of your course. Keep it, and to yourself.")
    released = Released.of(*place.students_notebook(chapter))
    drawn, variants = chapter.drawn(), None
    if drawn(0)[0]:
        found = owners(chapter, roster, seed_file) if roster else {}
        variants = Variants(drawn, {tag: entry.name for tag, entry in found.items()})
    exercises = chapter.exercises()
    return Assignment(
        chapter.number, exercises, key, FORBIDDEN, released=released, variants=variants
    )


def _gradebook(folder):
    try:
        return Gradebook(folder)
    except GradebookError as error:
        raise UserError(str(error)) from None


# ------------------------------------------------------------------------------- grading


@contextmanager
def _sandboxes(assignment, chapter, layers):
    """Two sandboxes, for submissions and for their derivations.

    They are opened in parallel, because each imports for a second; meanwhile the cases are drawn.
    """

    def opened(proofs):
        return open_sandbox(proofs=proofs, forbidden=FORBIDDEN, layers=layers)

    with ThreadPoolExecutor(2) as threads:
        roles = (None, chapter.source)
        opening = [threads.submit(opened, proofs) for proofs in roles]
        _ = assignment.functions
    try:
        sandbox, proofs = (one.result() for one in opening)
    except OSError as error:
        raise UserError(str(error)) from None
    with sandbox, proofs:
        yield sandbox, proofs


def _grade(new, suspect, assignment, chapter, gradebook, layers, workers, scheduler):
    """Grade all, each suspect alone: a grader has ended while it graded that one and others."""
    from tqdm import tqdm

    if scheduler and chapter.folder:
        raise UserError("--scheduler is for the chapters of the course, not for your own")
    todo = [*new, *suspect]

    def begin(one):
        gradebook.begin(one.student, assignment.chapter, batch.digest(one.path))

    memory = (_BESIDE + workers * _OF_A_WORKER) << 20
    with tqdm(total=len(todo), unit=" notebooks") as bar, isolation.limited_memory(memory):

        def on_saved(result):
            bar.update()

        try:
            if scheduler:
                from lossbook.cli.cluster import grade_on

                grade_on(scheduler, todo, assignment, layers, gradebook.save, on_saved)
            else:
                with _sandboxes(assignment, chapter, layers) as sandboxes:
                    for some, threads in ((new, workers), (suspect, 1)):
                        batch.grade_all(
                            some,
                            assignment,
                            sandboxes,
                            gradebook.save,
                            workers=threads,
                            on_saved=on_saved,
                            begin=begin,
                        )
        except KeyboardInterrupt:
            bar.close()
            kept = f"{bar.n} of {len(todo)} are graded and kept"
            raise UserError(f"stopped: {kept}; run the same command again to go on") from None
        except GradebookError as error:
            bar.close()
            raise UserError(str(error)) from None
        finally:
            gradebook.end_work()
