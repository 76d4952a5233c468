"""What `lossbook grade` does, from the folder of submissions to the reports."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lossbook.cli.outputs import write_outputs
from lossbook.cli.place import UserError
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker, module_of
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.marking import batch, secret
from lossbook.grading.marking import explain as explaining
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.grader import blank_result
from lossbook.grading.reports.environment import load_templates
from lossbook.grading.safe_text import quoted
from lossbook.grading.sandbox import isolation, tempdirs
from lossbook.grading.sandbox.open_sandbox import open_sandbox, refuses
from lossbook.grading.submissions import collect
from lossbook.grading.submissions.filenames import Chapters
from lossbook.grading.submissions.submission import Submission

_CHAPTERS = Chapters({number: chapter.name for number, chapter in CHAPTERS.items()})
_WITHOUT = {  # the layers that a tier leaves out
    isolation.FULL: set(),
    isolation.STRONG: {"namespaces"},
    isolation.PROCESS: {"namespaces", "landlock", "seccomp", "capabilities"},
}


def grade(args):
    """Grade a folder; the exit status is 3 if a submission could not be graded."""
    layers = _layers(args)
    environment = _environment(args.templates)
    tempdirs.sweep()  # what a run has left that was killed
    with ExitStack() as stack:
        unpacked = Path(stack.enter_context(tempdirs.made("grade")), "unpacked")
        found, chapter = _found(args, unpacked)
        assignment = _assignment(args, chapter)
        book = _gradebook(args.out)
        wanted = _shard(args, found.submissions)
        refused = _shard(args, found.refused)
        todo = wanted if args.regrade else batch.to_do(wanted, assignment, book)
        for one in refused:
            submission = Submission(one.student, None, one.name)
            book.save(blank_result(submission, assignment, one.why))
        if len(todo) < len(wanted):
            print(f"{len(wanted) - len(todo)} of {len(wanted)} are unchanged and not graded again.")
        _run(args, todo, assignment, book, layers)
        for note in book.notes:
            print(f"lossbook: {note}")
        return write_outputs(
            book,
            chapter,
            args.out,
            points=args.points,
            environment=environment,
            gradescope=args.gradescope,
            nbgrader=args.gradebook,
            assignment=args.assignment,
        )


def explain(args):
    """Say everything about one file: every test, every failing call, what was expected."""
    layers = _layers(args)
    with tempdirs.made("explain") as base:
        found, chapter = _found(args, Path(base, "unpacked"))
        if len(found.submissions) != 1:
            raise UserError(f"--explain is for one file; there are {len(found.submissions)}")
        assignment = _assignment(args, chapter)
        with _sandboxes(assignment, layers) as (sandbox, proofs):
            submission = found.submissions[0]
            lines = explaining.explain(submission, assignment, sandbox, proofs, args.test)
        # A hostile text may command a terminal, or look like a line of the report.
        print("\n".join(map(quoted, lines)))
    return 0


# ---------------------------------------------------------------------------- before the run


def _layers(args):
    """The isolation layers to apply, or a UserError if they are too few for untrusted code."""
    without = _WITHOUT[args.tier or isolation.FULL]
    layers = tuple(layer for layer in isolation.available_layers() if layer not in without)
    tier = isolation.tier_of(layers)
    if args.tier and tier != args.tier:
        raise UserError(
            f"this machine has no tier {args.tier!r}, only {tier!r}; see: lossbook doctor"
        )
    if why := refuses(tier, args.trusted):
        raise UserError(why)
    return layers


def _found(args, unpacked):
    if args.chapter and args.chapter not in CHAPTERS:
        raise UserError(f"--chapter must be one of {', '.join(CHAPTERS)}, got {args.chapter}")
    try:
        found = collect.find(args.submissions, unpacked, _CHAPTERS, args.chapter)
    except ValueError as error:
        raise UserError(str(error)) from None
    if not found.submissions and not found.refused:
        raise UserError(f"there is no notebook in {args.submissions}")
    chapter = args.chapter or collect.majority_chapter(found.submissions, _CHAPTERS)
    if chapter is None:
        raise UserError("the files do not say which chapter they are for; say --chapter 02")
    if not args.chapter:  # now that it is known, the files for it are chosen
        return collect.find(args.submissions, unpacked / "again", _CHAPTERS, chapter), chapter
    return found, chapter


def _assignment(args, chapter):
    try:
        key, made = secret.load(args.seed_file)
    except secret.SecretError as error:
        raise UserError(str(error)) from None
    if made:
        print(f"made {args.seed_file}: the secret of your course. Keep it, and to yourself.")
    return Assignment(chapter, checker(chapter).exercises.values(), key, FORBIDDEN)


def _environment(directory):
    try:
        return load_templates(directory)
    except ValueError as error:
        raise UserError(str(error)) from None


def _gradebook(folder):
    try:
        return Gradebook(folder)
    except GradebookError as error:
        raise UserError(str(error)) from None


def _shard(args, some):
    if not args.shard:
        return some
    part, _, parts = args.shard.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise UserError(f"--shard must be like 3/8, got {args.shard}")
    return batch.shard(some, int(part), int(parts))


# ------------------------------------------------------------------------------- the run


@contextmanager
def _sandboxes(assignment, layers):
    """Two sandboxes, for submissions and for their derivations.

    Both are opened at once, because each imports for a second; the cases are drawn meanwhile.
    """

    def opened(proofs):
        return open_sandbox(proofs=proofs, forbidden=FORBIDDEN, layers=layers)

    with ThreadPoolExecutor(2) as threads:
        roles = (None, module_of(assignment.chapter))
        opening = [threads.submit(opened, proofs) for proofs in roles]
        _ = assignment.graded
    try:
        sandbox, proofs = (one.result() for one in opening)
    except OSError as error:
        raise UserError(str(error)) from None
    with sandbox, proofs:
        yield sandbox, proofs


def _run(args, todo, assignment, book, layers):
    if not todo:
        return
    from tqdm import tqdm

    with tqdm(total=len(todo), unit=" notebooks") as bar:

        def tick(result):
            bar.update()

        try:
            if args.scheduler:
                from lossbook.cli.cluster import grade_on

                grade_on(args.scheduler, todo, assignment, layers, book.save, tick)
            else:
                with _sandboxes(assignment, layers) as sandboxes:
                    batch.grade_all(
                        todo, assignment, sandboxes, book.save, workers=args.workers, tick=tick
                    )
        except KeyboardInterrupt:
            bar.close()
            kept = f"{bar.n} of {len(todo)} are graded and kept"
            raise UserError(f"stopped: {kept}; run the same command again to go on") from None
        except GradebookError as error:
            bar.close()
            raise UserError(str(error)) from None
