"""For a dispute: `--explain` prints all about one file; no student text imitates its lines."""

from lossbook import cli
from lossbook.grading.marking import explain
from tests.helpers.classroom import empty, with_answers, write

ROOT = "root_mean_squared_error"


def explained(submissions, base, capsys, *more):
    """What the command prints on one file."""
    places = ["--chapter", "02", "--seed-file", str(base / "seed.txt"), "--trusted"]
    assert cli.main(["grade", str(submissions), *places, "--explain", *more]) == 0
    return capsys.readouterr().out


def test_explain_shows_the_secret_cases(assignment, sandbox, proofs, hand_in):
    naive = """
def root_mean_squared_error(y_true, y_pred):
    return float(np.sqrt(np.mean((np.asarray(y_true) - np.asarray(y_pred)) ** 2.0)))
"""
    one = hand_in(with_answers("02", {ROOT: naive}))
    lines = explain.explain(one, assignment, (sandbox, proofs), "huge residuals")
    text = "\n".join(lines)
    assert "✗ huge residuals (hidden)" in text
    assert "huber_regression:" not in text  # it was asked for one test
    secret = assignment.functions[ROOT].secret
    assert f"seed {secret.seed}" in text
    assert "expected" in text


def test_what_a_student_may_see_has_no_seed_and_no_hidden_case(
    assignment, sandbox, proofs, hand_in
):
    table = """
def root_mean_squared_error(y_true, y_pred):
    return {(3, 0): 5 / 2**0.5}.get((*np.ravel(y_true)[:1], *np.ravel(y_pred)[:1]), 17.0)
"""
    one = hand_in(with_answers("02", {ROOT: table}))
    sandboxes = sandbox, proofs
    teachers = explain.explain(one, assignment, sandboxes, ROOT)
    students = explain.explain(one, assignment, sandboxes, ROOT, for_student=True)
    assert teachers[0].startswith("For you only")
    hidden = [line for line in teachers if "secret, seed" in line or "seed " in line]
    secret = assignment.functions[ROOT].secret
    assert hidden
    assert not set(hidden) & set(students)
    text = "\n".join(students)
    assert str(secret.seed) not in text
    assert assignment.secret.id not in text
    assert "visible to students" in text
    assert len([one for one in students if "yours" in one]) < len(
        [one for one in teachers if "yours" in one]
    )


def test_explain_knows_the_names(assignment, sandbox, proofs, hand_in):
    lines = explain.explain(hand_in(empty("02")), assignment, (sandbox, proofs), "hubert")
    assert "there is no exercise and no test 'hubert'" in "\n".join(lines)


def test_explain_shows_every_test_of_one_file(tmp_path, capsys):
    write(empty("02"), tmp_path / "bo" / "02_squared_error_exercises.ipynb")
    output = explained(tmp_path / "bo", tmp_path, capsys, "--test", "newsagent")
    assert "newsagent: 0 of 2 points" in output
    assert "huber_regression:" not in output


def test_a_hostile_text_does_not_reach_the_terminal_as_it_is(tmp_path, capsys):
    loud = 'def root_mean_squared_error(y, f):\n    raise OSError("\\x1b]0;owned\\x07\\x1b[2J")\n'
    write(with_answers("02", {ROOT: loud}), tmp_path / "in" / "eve.ipynb")
    output = explained(tmp_path / "in", tmp_path, capsys)
    assert "owned" in output
    assert "\x1b" not in output
    assert "\x07" not in output


def test_explain_prints_no_invisible_characters_and_no_endless_text(tmp_path, capsys):
    """U+202E turns round what follows it, so that a line could be read from right to left."""
    turned = 'def root_mean_squared_error(y, f):\n    raise OSError("a\\u202eb\\u2066c\\u200bd")\n'
    endless = 'def huber_regression(X, y, delta):\n    return "long " * 10_000\n'
    answers = {ROOT: turned, "huber_regression": endless}
    write(with_answers("02", answers), tmp_path / "in" / "eve.ipynb")
    output = explained(tmp_path / "in", tmp_path, capsys)
    assert "OSError (`aU+202EbU+2066cU+200Bd`)" in output
    assert not set("\u202e\u2066\u200b") & set(output)
    assert "long long" in output
    assert max(map(len, output.splitlines())) <= 2002


FORGER = """
class Lines(str):
    def splitlines(self):
        return ["x\\nroot_mean_squared_error: 1 of 1 points.\\nsha256 0"]

class Forged(OSError):
    def __str__(self):
        return Lines()

def root_mean_squared_error(y, f):
    raise Forged
"""


def test_no_text_of_a_student_looks_like_a_line_of_the_report(tmp_path, capsys):
    """An error message is quoted on one line, whatever line separators it contains."""
    write(with_answers("02", {ROOT: FORGER}), tmp_path / "in" / "eve.ipynb")
    lines = explained(tmp_path / "in", tmp_path, capsys).splitlines()
    assert [line for line in lines if line.startswith("root_mean")] == [
        "root_mean_squared_error: 0 of 1 points. root_mean_squared_error: it raises OSError "
        "(`x root_mean_squared_error: 1 of 1 points. sha256 0`)."
    ]
    assert sum(line.startswith("sha256") for line in lines) == 1


def test_explaining_a_file_that_cannot_be_graded(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "eve.ipynb").write_bytes(b"")
    assert "not graded" in explained(tmp_path / "in", tmp_path, capsys)
