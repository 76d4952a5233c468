"""What `lossbook grade` does, from the folder of submissions to the reports."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

from lossbook.cli.outputs import write_outputs
from lossbook.cli.place import Slip
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.grading.gradebook.errors import GradebookError
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.marking import batch, secret
from lossbook.grading.marking import explain as explaining
from lossbook.grading.marking.assignment import Assignment
from lossbook.grading.marking.grader import blank_result
from lossbook.grading.reports.environment import load_templates
from lossbook.grading.safe_text import quoted
from lossbook.grading.sandbox import isolation, tempdirs
from lossbook.grading.sandbox.forkserver_client import tier_of, walls_here
from lossbook.grading.sandbox.open_sandbox import open_room, refuses
from lossbook.grading.submissions import collect

_WITHOUT = {  # the walls that a tier leaves out
    isolation.FULL: set(),
    isolation.STRONG: {"namespaces"},
    isolation.PROCESS: {"namespaces", "landlock", "seccomp", "capabilities"},
}


def grade(args):
    """Grade a folder; the exit status is 3 if a submission could not be graded."""
    these = _walls(args)
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
            submission = SimpleNamespace(student=one.student, name=one.name, notes=())
            book.save(blank_result(submission, assignment, one.why))
        if len(todo) < len(wanted):
            print(f"{len(wanted) - len(todo)} of {len(wanted)} are unchanged and not graded again.")
        _run(args, todo, assignment, book, these)
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
    these = _walls(args)
    with tempdirs.made("explain") as base:
        found, chapter = _found(args, Path(base, "unpacked"))
        if len(found.submissions) != 1:
            raise Slip(f"--explain is for one file; there are {len(found.submissions)}")
        assignment = _assignment(args, chapter)
        with _rooms(assignment, these) as (room, clerk):
            lines = explaining.explain(found.submissions[0], assignment, room, clerk, args.test)
        # A hostile text may command a terminal, or look like a line of ours.
        print("\n".join(map(quoted, lines)))
    return 0


# ---------------------------------------------------------------------------- before the run


def _walls(args):
    """The walls to put up, or a Slip where they are too few for strangers' code."""
    here = walls_here()
    these = tuple(wall for wall in here if wall not in _WITHOUT[args.tier or isolation.FULL])
    tier = tier_of(these)
    if args.tier and tier != args.tier:
        raise Slip(f"this machine has no tier {args.tier!r}, only {tier!r}; see: lossbook doctor")
    if why := refuses(tier, args.trusted):
        raise Slip(why)
    return these


def _found(args, unpacked):
    if args.chapter and args.chapter not in CHAPTERS:
        raise Slip(f"--chapter must be one of {', '.join(CHAPTERS)}, got {args.chapter}")
    try:
        found = collect.find(args.submissions, unpacked, args.chapter)
    except ValueError as error:
        raise Slip(str(error)) from None
    if not found.submissions and not found.refused:
        raise Slip(f"there is no notebook in {args.submissions}")
    chapter = args.chapter or collect.majority_chapter(found.submissions)
    if chapter is None:
        raise Slip("the files do not say which chapter they are for; say --chapter 02")
    if not args.chapter:  # now that it is known, the files for it are chosen
        return collect.find(args.submissions, unpacked / "again", chapter), chapter
    return found, chapter


def _assignment(args, chapter):
    try:
        key, made = secret.load(args.seed_file)
    except secret.SecretError as error:
        raise Slip(str(error)) from None
    if made:
        print(f"made {args.seed_file}: the secret of your course. Keep it, and to yourself.")
    return Assignment(chapter, checker(chapter).exercises.values(), key, FORBIDDEN)


def _environment(directory):
    try:
        return load_templates(directory)
    except ValueError as error:
        raise Slip(str(error)) from None


def _gradebook(folder):
    try:
        return Gradebook(folder)
    except GradebookError as error:
        raise Slip(str(error)) from None


def _shard(args, some):
    if not args.shard:
        return some
    part, _, parts = args.shard.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise Slip(f"--shard must be like 3/8, got {args.shard}")
    return batch.shard(some, int(part), int(parts))


# ------------------------------------------------------------------------------- the run


@contextmanager
def _rooms(assignment, these):
    """The two rooms, opened at once, each imports for a second; the cases are drawn meanwhile."""

    def opened(role):
        return open_room(role, chapter=assignment.chapter, forbidden=FORBIDDEN, these=these)

    with ThreadPoolExecutor(2) as judges:
        opening = [judges.submit(opened, role) for role in ("student", "clerk")]
        _ = assignment.graded
    try:
        room, clerk = (one.result() for one in opening)
    except OSError as error:
        raise Slip(str(error)) from None
    with room, clerk:
        yield room, clerk


def _run(args, todo, assignment, book, these):
    if not todo:
        return
    from tqdm import tqdm

    with tqdm(total=len(todo), unit=" notebooks") as bar:

        def tick(result):
            bar.update()

        try:
            if args.scheduler:
                from lossbook.cli.cluster import grade_on

                grade_on(args.scheduler, todo, assignment, these, book.save, tick)
            else:
                with _rooms(assignment, these) as rooms:
                    batch.grade_all(
                        todo, assignment, rooms, book.save, workers=args.workers, tick=tick
                    )
        except KeyboardInterrupt:
            bar.close()
            kept = f"{bar.n} of {len(todo)} are graded and kept"
            raise Slip(f"stopped: {kept}; run the same command again to go on") from None
        except GradebookError as error:
            bar.close()
            raise Slip(str(error)) from None
