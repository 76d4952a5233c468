"""Manual points and comments are read from any spreadsheet and applied in a fixed order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossbook.grading.gradebook.overrides import Adjusted, apply, read_overrides
from lossbook.grading.gradebook.store import Gradebook
from lossbook.grading.marking.result import Answer
from tests.helpers.sample_results import HUBER, RMSE, blank, graded

NOT_RUN = Answer("entropy", "Bits", "function", 4.0, 0.0, "open")
CLASS = [
    graded("ada"),  # rmse 1 of 3, huber 2 of 2: 3 of 5
    graded("Zoë", score=3.0, most=9.0, answers=(RMSE, HUBER, NOT_RUN), status="partly run"),
    graded("周志华"),
    graded("=evil"),
    blank("bo"),
]
HEAD = "student,exercise,points,why\n"
RMSE_NAME = "root_mean_squared_error"


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "overrides.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_overrides(path, CLASS)


def scores(overrides):
    return {one.student: apply(one, overrides).score for one in CLASS}


@pytest.mark.parametrize(
    ("rows", "score"),
    [
        (f"ada,{RMSE_NAME},2.5,\n", 4.5),  # 1 becomes 2.5
        (f"ada,{RMSE_NAME},0,copied\n", 2.0),  # less than was earned
        ("ada,,+1.5,talk\n", 4.5),
        ("ada,,-2,late\n", 1.0),
        ("ada,,-10%,late\n", 2.7),
        ("ada,,+10%,early\n", 3.3),
        ("ada,,+4,bonus\n", 7.0),  # above the 5 points that there are: a bonus says so
        ("ada,,-4,late\n", 0.0),  # never below 0
        ("ada,,-150%,late\n", 0.0),
        ("ada,,-10%,late\nada,,-20%,later\n", 2.1),  # together 30 %, not one after the other
        ("ada,,-10%,late\nada,,+2,talk\n", 4.5),  # points before percentages,
        ("ada,,+2,talk\nada,,-10%,late\n", 4.5),  # whatever the order of the rows
        (f"ada,,-50%,late\nada,,+1,talk\nada,{RMSE_NAME},3,\n", 3.0),  # (3 + 2 + 1) / 2
        ("ada,,-4,late\nada,,+2,talk\n", 1.0),  # together -2, and only then the floor
        ("ada,,-33.33%,a third\n", 2.0),  # 2.0001, rounded to 2 digits
    ],
)
def test_changes_are_applied_in_a_fixed_order(tmp_path, rows, score):
    overrides = read(tmp_path, HEAD + rows)
    assert scores(overrides) == {"ada": score, "Zoë": 3, "周志华": 3, "=evil": 3, "bo": None}


def test_an_adjusted_result_explains_its_changes_and_the_graded_one_stays(tmp_path):
    overrides = read(tmp_path, HEAD + f"ada,,-10%,one day late\nada,{RMSE_NAME},3,right on paper\n")
    before = graded("ada")
    after = apply(before, overrides)
    assert before == graded("ada")
    assert isinstance(after, Adjusted)
    assert (after.graded, after.score) == (3.0, 4.5)
    assert [answer.earned for answer in after.answers] == [3.0, 2.0]
    assert [str(change) for change in after.by_hand] == [
        f"{RMSE_NAME}: 3 points (right on paper)",
        "total: -10% (one day late)",
    ]
    assert [change.line for change in after.by_hand] == [3, 2]
    assert after.explanation().startswith("3 points as graded; root_mean")


def test_a_student_without_a_row_is_left_as_graded(tmp_path):
    overrides = read(tmp_path, HEAD + "ada,,+1,talk\n")
    assert apply(CLASS[1], overrides) is CLASS[1]
    assert apply(CLASS[0], {}) is CLASS[0]


def test_points_are_added_once(tmp_path):
    overrides = read(tmp_path, HEAD + "ada,,+1,talk\n")
    once = apply(CLASS[0], overrides)
    assert apply(once, overrides) is once


def test_an_adjusted_result_cannot_be_saved(tmp_path):
    adjusted = apply(CLASS[0], read(tmp_path, HEAD + "ada,,+1,talk\n"))
    with pytest.raises(TypeError, match="as graded"):
        Gradebook(tmp_path).save(adjusted)


def test_a_person_can_give_the_total_of_a_blank_result(tmp_path):
    after = apply(CLASS[-1], read(tmp_path, HEAD + "bo,,4,read from a photo\n"))
    assert (after.status, after.graded, after.score) == ("graded", None, 4.0)


def test_an_exercise_that_did_not_run_can_get_manual_points(tmp_path):
    after = apply(CLASS[1], read(tmp_path, HEAD + "Zoë,entropy,4,\n"))
    assert after.score == 7.0
    assert after.answers[2].state == "solved"


# ---------------------------------------------------------------- as spreadsheets write it

ROWS = "student;exercise;points;why\r\nZoë;;+1,5;früh\r\n周志华;;-10 %;\r\n"


@pytest.mark.parametrize(
    "data",
    [
        ROWS.encode("utf-8"),
        ROWS.encode("utf-8-sig"),
        ROWS.encode("utf-16"),
        b"\xfe\xff" + ROWS.encode("utf-16-be"),
        ROWS.replace(";", "\t").encode("utf-16"),  # Excel's "Unicode text"
        ROWS.replace("1,5", "1.5").replace(";", ",").encode(),
        ROWS.replace("+1,5", '"+1,5"').replace(";", ",").encode(),
        ROWS.replace("\r\n", "\n").encode(),
        ROWS.replace("\r\n", "\r").encode(),
        ("sep=;\r\n" + ROWS).encode("utf-8-sig"),
        ROWS.replace("student", " Student ").replace("points", '"POINTS"').encode(),
        ROWS.replace("ë", "e\u0308").encode(),  # a combining accent
        ROWS.replace("-10 %", "−10\u00a0%").encode(),  # a true minus sign, a no-break space
        ROWS.replace("-10 %", "-10%").encode(),
        (ROWS + ";;;\r\n\r\n").encode(),  # rows that are empty
        ROWS.replace("why\r", "why;who\r").encode(),  # one more column
        b"why;points;exercise;student\n;+1.5;;Zo\xc3\xab\n;-10,00%;;" + "周志华".encode(),
    ],
)
def test_all_formats_of_spreadsheets_are_read(tmp_path, data):
    asked = {"ada": 3, "Zoë": 4.5, "周志华": 2.7, "=evil": 3, "bo": None}
    assert scores(read(tmp_path, data)) == asked


@pytest.mark.parametrize("name", ["=evil", "'=evil"])
def test_a_name_may_have_the_apostrophe_of_our_own_table(tmp_path, name):
    assert scores(read(tmp_path, HEAD + f"{name},,+1,\n"))["=evil"] == 4


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("adda,,+1,", "line 3: there is no student 'adda'; is it 'ada'"),
        (",,+1,", "line 3: there is no student ''"),
        ("ada,hubert,1,", "line 3: there is no exercise 'hubert'; is it 'huber'"),
        ("ada,huber,two,", "line 3: points 'two' is not a number"),
        ("ada,huber,,", "line 3: points '' is not a number"),
        ("ada,huber,nan,", "is not a number"),
        ("ada,huber,inf,", "is not a number"),
        ("ada,huber,1e3,", "is not a number"),
        ('ada,huber,"1,234",', "is not a number"),  # a thousand or a little more than one?
        ("ada,huber,3,", "line 3: 'huber' has 2 points, not 3"),
        ("ada,huber,+1,", "line 3: for the exercise 'huber' give its new points"),
        ("ada,huber,-10%,", "line 3: for the exercise 'huber' give its new points"),
        ("ada,,1.5,", r"a spreadsheet drops a plus sign .*'\+1.5"),
        ("ada,,10%,", "write . or -"),
        ("ada,,+1,5", "looks like decimals"),  # +1,5 without quotation marks
        ("ada,,+1,5,talk", "line 3: there are 5 cells for 4 columns"),
        ("bo,,+1,", "nothing of 'bo' was graded, so there is nothing to change"),
        ("bo,,-10%,", "nothing of 'bo' was graded, so there is nothing to change"),
        ("bo,huber,2,", "nothing of 'bo' was graded; leave the exercise empty"),
        ("bo,,6,", "there are 5 points, not 6"),
        ("ada,entropy,1,", "nothing of 'ada' was graded"),  # only Zoë's file asks for it
        ('ada,,"+1,', "quotation marks do not match"),
    ],
)
def test_an_error_names_its_line(tmp_path, row, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, HEAD + "周志华,,+1,talk\n" + row + "\n")


@pytest.mark.parametrize("row", ["ada,huber,1,", "bo,,4,"])
def test_two_rows_that_conflict_are_rejected(tmp_path, row):
    with pytest.raises(ValueError, match=r"line 4: line 2 gives .* already"):
        read(tmp_path, f"{HEAD}{row}\nada,,+1,\n{row}\n")


def test_all_errors_are_reported_at_once(tmp_path):
    with pytest.raises(ValueError, match=r"(?s)line 2: .*eve.*line 3: .*not a number"):
        read(tmp_path, HEAD + "eve,,+1,\nada,,x,\n")
    with pytest.raises(ValueError, match="and 30 more"):
        read(tmp_path, HEAD + "eve,,+1,\n" * 50)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the first line must name the columns"),
        (b"student,points\nada,+1\n", "exercise, why is missing"),
        (b"student,exercise,points,why,points\n", "there are two columns points"),
        ("student;exercise;points;why\nZoë;;+1;\n".encode("latin-1"), "neither UTF-8 nor UTF-16"),
        (HEAD.encode("utf-16-le"), "neither UTF-8 nor UTF-16"),  # nothing says that it is
        (b"x" * 10_000_001, "too large"),
    ],
)
def test_a_file_that_is_not_such_a_table_is_rejected(tmp_path, data, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, data)


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(ValueError, match="cannot read"):
        read_overrides(tmp_path / "none.csv", CLASS)


def test_results_of_two_chapters_do_not_mix(tmp_path):
    (tmp_path / "o.csv").write_text(HEAD)
    with pytest.raises(ValueError, match="of one chapter, not of 02, 03"):
        read_overrides(tmp_path / "o.csv", [graded(), graded(chapter="03")])


@pytest.mark.parametrize("spelling", ["علی\u200cرضا", "علیU+200Cرضا"])
def test_a_name_is_known_in_its_own_spelling_and_in_that_of_our_table(tmp_path, spelling):
    (tmp_path / "o.csv").write_text(HEAD + f"{spelling},,+1,\n", encoding="utf-8")
    one = graded("علی\u200cرضا")
    assert apply(one, read_overrides(tmp_path / "o.csv", [one])).score == one.score + 1


def test_two_spellings_of_one_name_are_ambiguous(tmp_path):
    (tmp_path / "o.csv").write_text(HEAD + "Zoë,,+1,\n", encoding="utf-8")
    with pytest.raises(ValueError, match="two students are called 'Zoë'"):
        read_overrides(tmp_path / "o.csv", [graded("Zoë"), graded("Zoe\u0308")])


@given(
    st.lists(st.tuples(st.sampled_from("+-"), st.integers(0, 900), st.booleans()), max_size=5),
    st.randoms(),
)
def test_a_total_is_never_negative_in_any_order_of_rows(tmp_path_factory, rows, draw):
    folder = tmp_path_factory.mktemp("overrides")
    lines = [f"ada,,{sign}{number / 100}{'%' * percent},\n" for sign, number, percent in rows]
    one = scores(read(folder, HEAD + "".join(lines)))["ada"]
    draw.shuffle(lines)
    other = scores(read(folder, HEAD + "".join(lines)))["ada"]
    assert one >= 0
    assert one == pytest.approx(other, abs=0.011)
