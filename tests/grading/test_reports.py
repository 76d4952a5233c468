"""The reports: nothing in them runs, and every number and sentence has its source."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lossbook.checking import report
from lossbook.exercises import checker
from lossbook.grading.marking.result import Answer, Result, Test
from lossbook.grading.reports import plots, student_page, write_pages
from lossbook.grading.reports.environment import load_templates, number
from lossbook.grading.reports.markup import formula, sentence
from lossbook.grading.reports.statistics import ClassStatistics
from lossbook.grading.reports.student import Adjustment
from lossbook.grading.reports.summary import class_pages
from lossbook.grading.safe_text import visible

STYLE = load_templates().globals["style"]
VOID = {"meta", "rect", "line"}
ALLOWED = VOID | {
    "html", "head", "title", "style", "body", "main", "header", "footer", "section", "h1", "h2",
    "h3", "p", "a", "b", "i", "em", "strong", "code", "pre", "span", "div", "ul", "li", "dl", "dt",
    "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "abbr", "sub", "sup", "bdi",
    "svg", "text", "figure", "figcaption", "details", "summary",
}  # fmt: skip
LINK = re.compile(r"#exercise-\d+|(students/)?[A-Za-z0-9%-]+\.html")
HOSTILE = (
    "<script>alert(1)</script>",
    "</pre></code></title></style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onclick='alert(1)",
    "<!--",
    "]]><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;b&gt; &#60;",
    "{body} {0} %s",
    "<script>alert(1)</script> `x` <script> $x$ <script> *x* <script>",
    "`</code><script>` $</i><script>$ **</strong><script>**",
    "\x00\x1b[31m\x9b\u202egnp.exe\u2066\u200b\ufeff\u2028\ud800\U000e0041",
)


class Page(HTMLParser):
    """A page as a browser parses it: its elements, its attributes, its text."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self.open = [], [], []
        source.encode("utf-8")  # no lone surrogate is left
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append((tuple(self.open), data))

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self):
        return "".join(data for _, data in self.texts)


def class_statistics(results, adjusted=None):
    statistics = ClassStatistics()
    for one in results:
        statistics.add(one, (adjusted or {}).get(one.student))
    return statistics


def summary_page(results, title, adjusted=None):
    """The HTML of index.html."""
    return dict(class_pages(class_statistics(results, adjusted), title))["index.html"]


def attack(text="<script>alert(1)</script>"):
    """A Result with one string in each field that could carry one."""
    test = Test(text, 1.0, 0.0, True, text)
    answer = Answer(
        text, text, "function", 2, 0, "wrong", text, (text, text), (text,), text, (test, test)
    )
    return Result(
        text, text, text, text, "graded", 0, 2, (answer,), (text,), (text,), (text,),
        text, text, {text: text}, text, 0.1, 0, 0, text,
    )  # fmt: skip


def check_harmless(source):
    """The page runs and loads nothing, has only our style, and shows nothing invisible."""
    page = Page(source)
    for tag, attributes in page.elements:
        assert tag in ALLOWED
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name != "style"
            assert name not in ("src", "srcset")
            if name == "href":
                assert LINK.fullmatch(value)
    assert sum(tag == "style" for tag, _ in page.elements) == 1
    assert visible(page.text) == page.text
    return page


# --------------------------------------------------------------------------------- safety


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text):
    page = check_harmless(student_page(attack(text)))
    # Markdown may become tags of ours; all other text is complete, name and code twice.
    if not re.search(r"[`$*]", text):
        assert page.text.count(visible(text)) > 10


def test_a_hostile_class_is_only_text():
    page = check_harmless(summary_page([attack(text) for text in HOSTILE * 2], HOSTILE[1]))
    for text in HOSTILE:
        assert visible(text) in page.text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.sampled_from(HOSTILE))
@example("")
@example("\r\n\x0b\x0c\x85")
def test_no_string_in_any_field_leaves_its_element(text):
    check_harmless(
        student_page(attack(text), Adjustment(1.0, text, {text: [text], "": [text]}, text))
    )
    check_harmless(summary_page([attack(text)] * 2, text, {text: Adjustment(1.0, text)}))


def test_the_policy_allows_this_style_sheet_and_nothing_else():
    page = Page(student_page(attack()))
    (policy,) = [a["content"] for _, a in page.elements if a.get("http-equiv")]
    inline = re.search(r"<style>(.*?)</style>", student_page(attack()), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_policy_comes_before_everything_it_applies_to():
    tags = [tag for tag, _ in Page(student_page(attack())).elements]
    assert tags[:4] == ["html", "head", "meta", "meta"]  # the encoding, then the policy


def test_huge_cells_are_cut_with_a_note():
    huge = replace(attack("x"), cells=("# " + "A" * 10_000_000, *["a = 1"] * 10_000))
    source = student_page(huge)
    assert len(source) < 300_000
    assert "cut: 9,9" in source  # of ten million
    assert "more code cells" in source
    long = replace(huge, cells=(("x" * 1500 + "\n") * 1000,))  # no line too long, not too many
    assert len(student_page(long)) < 100_000


def test_millions_of_newlines_give_a_small_page():
    source = student_page(replace(attack("x"), cells=("\n" * 10_000_000 + "x",) * 50))
    assert len(source) < 3_000_000


# ---------------------------------------------------------------------- a student's page


def on_root(function, seen=0.3):
    """The Answer of a function to the first exercise of chapter 2 (two tests)."""
    exercise = checker("02").exercises["root_mean_squared_error"]
    said = report.on_function(exercise, function)
    share = 1.0 if said.solved else 0.0
    tests = (
        Test("small numbers", seen, seen, True),
        Test("huge residuals", 1 - seen, share * (1 - seen), False, "" if share else "overflows"),
    )
    earned = round(sum(test.earned for test in tests), 2)
    return Answer(
        exercise.name, exercise.title, "function", 1, earned, said.state, said.summary, said.call,
        said.feedback, said.mistake.feedback if said.mistake else "", tests,
    )  # fmt: skip


ROOT = checker("02").exercises["root_mean_squared_error"]
NAIVE = next(one for one in ROOT.mistakes if "1e200 squared" in one.feedback)


def result(student="Ada", answers=(), **other):
    score = round(sum(answer.earned for answer in answers), 2)
    fields = {"score": score, "most": 1, "status": "graded", "tier": "strong"} | other
    return Result(
        student, f"{student}.ipynb", "02", "0" * 64, fields.pop("status"), fields.pop("score"),
        fields.pop("most"), tuple(answers), **fields,
    )  # fmt: skip


def blank(student="Eve", why="The file is empty."):
    return result(student, status="blank", score=None, notes=(why,))


def test_a_wrong_answer_shows_the_case_and_names_the_mistake():
    answer = on_root(NAIVE.function)
    page = Page(student_page(result(answers=[answer], cells=("x = 1\ny = 2",))))
    for words in (*answer.call, NAIVE.feedback, "partly right", "0.3 of 1", "overflows", "y = 2"):
        assert words in page.text
    assert page.text.count(NAIVE.feedback) == 1  # in the report, and not again below it


def test_a_right_answer_is_called_solved():
    text = Page(student_page(result(answers=[on_root(ROOT.reference)]))).text
    assert "solved" in text
    assert "✗" not in text


def test_an_open_answer_shows_what_failed_as_code():
    test = Test("the answer", 1, 0.0, False)
    summary = "mean: cell 2 raised ImportError: `no <b>torch</b>`."
    one = Answer("mean", "The mean", "function", 1, 0, "open", summary, (), (), "", (test,))
    page = check_harmless(student_page(result(answers=[one])))
    assert "no <b>torch</b>" in [text for inside, text in page.texts if inside[-1:] == ("code",)]


@pytest.mark.parametrize(("kind", "title"), [("choice", "points"), ("function", "other numbers")])
def test_only_of_a_function_other_numbers_are_said_to_be_asked(kind, title):
    test = Test("the answer", 1, 0.0, False, "it is not right")
    one = Answer("mean", "The mean", kind, 1, 0, "wrong", "mean: 'b' is not it.", tests=(test,))
    page = Page(student_page(result(answers=[one])))
    assert title in [text for inside, text in page.texts if inside[-1:] == ("th",)]


def test_an_answer_that_is_right_only_in_public_cases_is_not_called_solved():
    memorised = replace(on_root(ROOT.reference), earned=0.3)
    text = Page(student_page(result(answers=[memorised]))).text
    assert "✓ solved" not in text
    assert "With others it is not." in text


def test_a_blank_result_shows_its_reason_and_no_number():
    source = student_page(blank(why="The file is empty."))
    head = source[source.index("<header>") : source.index("</header>")]
    head = head.replace("Exercises 02", "")
    assert "Not graded" in head
    assert "The file is empty." in head
    assert not re.search(r"\d", re.sub(r"<[^>]*>", "", head))


def test_a_reason_that_is_also_a_note_is_shown_once():
    eve = replace(blank(why="It is cut off."), look_at=("It is cut off.",))
    assert Page(student_page(eve)).text.count("It is cut off.") == 1
    assert Page(summary_page([eve], "x")).text.count("It is cut off.") == 1


def test_a_person_can_grade_a_blank_result_or_withdraw_a_score():
    given = Page(student_page(blank(), Adjustment(0.5, "looked at on paper"))).text
    assert "0.5 of 1 point" in given
    assert "looked at on paper" in given
    taken = student_page(result(answers=[on_root(ROOT.reference)]), Adjustment(None, "not hers"))
    assert "Not graded" in taken


@pytest.mark.parametrize(
    ("value", "shown"),
    [(7.0, "7"), (-0.0, "0"), (2 / 3, "0.67"), (-1.5, "−1.5"), (100, "100"), (0.001, "0")],
)
def test_points_have_at_most_two_decimals(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        ("b", "<i>b</i>"),
        ("w_{uv}", "<i>w<sub>uv</sub></i>"),
        (r"1 - \beta^N", "<i>1 − β<sup>N</sup></i>"),
        (r"\sqrt{x}", r"<code>\sqrt{x}</code>"),  # beyond the small parser: shown as LaTeX
        ("<b>", "<i>&lt;b&gt;</i>"),
    ],
)
def test_a_short_formula_becomes_html(latex, shown):
    assert formula(latex) == shown


@pytest.mark.parametrize("chapter", ["01", "02", "03", "04", "05", "06", "07", "08"])
def test_every_sentence_of_the_course_is_converted_completely(chapter):
    """No LaTeX, star or backtick is left."""
    for exercise in checker(chapter).exercises.values():
        fields = ("title", "on_success", "explanation")
        said = [getattr(exercise, field, "") for field in fields]
        said += [mistake.feedback for mistake in getattr(exercise, "mistakes", [])]
        said += dict(getattr(exercise, "distractors", {})).values()
        for words in said:
            rest = re.sub(r"<code>[^<]*</code>", "", sentence(words))
            assert not re.search(r"[$\\`]|\*\w", rest)


# ----------------------------------------------------------------------------- the summary


def classroom():
    right, naive = on_root(ROOT.reference), on_root(NAIVE.function)
    absent = replace(right, state="not yet", earned=0, tests=(replace(right.tests[0], earned=0),))
    return [
        *(result(f"right {k}", [right]) for k in range(5)),
        *(result(f"naive {k}", [naive]) for k in range(4)),
        result("timeout", [absent], status="partly run", look_at=("A cell did not end.",)),
        blank("Eve"),
    ]


def test_the_statistics_count_the_class():
    counted = class_statistics(classroom())
    count = counted.exercises["root_mean_squared_error"]
    assert [counted.count(one) for one in ("graded", "partly run", "blank")] == [9, 1, 1]
    assert count.states == {"solved": 5, "partly": 4, "not yet": 1}
    assert count.tests["huge residuals"] == [5, 9]  # an answer that is not written is not tested
    assert count.mistakes[NAIVE.feedback].many == 4
    assert counted.scores() == [0] + [0.3] * 4 + [1] * 5  # and no 0 for the blank one


def test_the_summary_shows_the_counts():
    page = check_harmless(summary_page(classroom(), "Squared error"))
    text = page.text
    assert re.search(r"handed in\s*11\s*graded\s*9\s*partly run\s*1\s*not graded\s*1", text)
    assert f"4 of 10 in exercise 1 (A root that does not overflow): {NAIVE.feedback}" in text
    assert "huge residuals: 5 of 9" in text
    assert "The file is empty." in text
    assert "A cell did not end." in text
    hrefs = {a["href"] for tag, a in page.elements if tag == "a"}
    assert hrefs == {f"students/{row.page}" for row in class_statistics(classroom()).students}
    assert len(plots_of(page)) == 2  # scores, hardest tests


def test_students_with_the_same_reason_are_grouped():
    alike = [result(f"s{k:02}", look_at=("It opened a socket.",)) for k in range(30)]
    text = Page(summary_page([*alike, *classroom()], "x")).text
    assert text.count("It opened a socket.") == 1
    assert "s00, s01" in text
    assert "and 18 more" in text  # twelve by name
    assert text.index("A cell did not end.") < text.index("It opened a socket.")  # rare first


def test_open_points_are_looked_at_first_and_are_no_zero():
    waiting = replace(on_root(ROOT.reference), state="open", earned=0.0)
    reason = "It is open: its cell raised SyntaxError in line 1."
    class_ = [*classroom(), *(result(k, [waiting], look_at=(reason,)) for k in ("Flo", "Gus"))]
    page = Page(summary_page(class_, "x")).text
    assert page.index(reason) < page.index("A cell did not end.")
    assert "1 open" in page
    count = class_statistics(class_).exercises["root_mean_squared_error"]
    assert (count.answers, count.decided) == (12, 10)
    assert "1 point open" in Page(student_page(class_[-1])).text


def test_manual_points_count_in_the_summary():
    adjusted = {"Eve": Adjustment(1.0, "on paper"), "right 0": Adjustment(None, "not hers")}
    changed = class_statistics(classroom(), adjusted)
    assert len(changed.scores()) == 10
    assert "changed after grading" in summary_page(
        classroom(), "x", {"Eve": Adjustment(1.0, "on paper")}
    )


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([], "No submission."),
        ([blank()], "No submission could be graded"),
        ([result("Ada", [on_root(NAIVE.function)])], "One submission says nothing about a class"),
    ],
)
def test_the_summary_draws_no_conclusion_from_too_few(results, words):
    page = check_harmless(summary_page(results, "Squared error"))
    assert words in page.text
    assert plots_of(page) == []


def plots_of(page):
    """The attributes of the plots of a parsed page."""
    return [a for tag, a in page.elements if tag == "svg" and a.get("class") == "plot"]


def test_the_height_of_a_column_is_proportional_to_its_students():
    # 0, 1 and 2 points have 1, 4 and 2 students; manual points above the maximum are in the last.
    bars = plots.score_histogram([0, 1, 1, 1.03, 1.04, 2, 7.5], 2).bars
    heights = [height for _, _, _, height, _ in bars]
    assert len(bars) == 21  # steps of a tenth, and one column for full marks
    tallest = max(heights)
    found = {k: round(4 * height / tallest, 2) for k, height in enumerate(heights) if height}
    assert found == {0: 1, 10: 4, 20: 2}
    assert {round(y + height, 6) for _, y, _, height, _ in bars} == {222}  # one base line
    assert all(a[0] + a[2] < b[0] for a, b in pairwise(bars))  # side by side


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (1, "0 1"),  # there is no half student
        (5, "0 1 2 3 4 5"),
        (6, "0 2 4 6"),
        (5001, "0 2,000 4,000"),
    ],
)
def test_the_scale_has_few_whole_numbers(most, ticks):
    labels = plots.score_histogram([1.0] * most, 1).labels
    numbers = [text for _, _, text, _ in labels if re.fullmatch(r"[\d,]+", text)]
    assert " ".join(numbers).startswith(f"{ticks} ")  # the labels of the points follow


def test_the_width_of_a_bar_is_proportional_to_the_share_that_passes():
    answers = [on_root(NAIVE.function)] * 3 + [on_root(ROOT.reference)]
    results = [result(f"{k}", [one]) for k, one in enumerate(answers)]
    (count,) = class_statistics(results).exercises.values()
    assert count.tests == {"small numbers": [4, 4], "huge residuals": [1, 4]}  # right, tried
    (few,) = plots.hardest_tests([count]).bars  # a test that all pass is not hard
    count.tests["huge residuals"] = [3, 4]
    (more,) = plots.hardest_tests([count]).bars
    assert (few[4], more[4]) == ("low", "")  # fewer than half have another colour
    assert more[2] == pytest.approx(3 * few[2])


def test_hostile_labels_of_a_plot_are_only_text():
    """A tag is not an element there, and invisible characters are written out."""
    strange = Test("$x_{1$ 平 \x00", 1.0, 0.0, True)
    answer = replace(on_root(NAIVE.function), title="</svg><b>平方", tests=(strange,))
    page = check_harmless(summary_page([result(f"{k}", [answer]) for k in range(2)], "x"))
    drawn = [words for path, words in page.texts if path[-2:] == ("svg", "text")]
    assert "1 · </svg><b>平方" in drawn
    assert "$x_{1$ 平 U+0000" in drawn


def test_a_large_class_has_further_pages_of_names(tmp_path):
    answer = on_root(NAIVE.function)
    many = 1100
    paths = write_pages((result(f"s{k:04}", [answer]) for k in range(many)), tmp_path, "x")
    assert len(paths) == many + 4
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert len(index) < 500_000
    linked = set()
    for part in re.findall(r'href="(class-\d+\.html)"', index):
        linked |= set(re.findall(r'href="students/([^"]+)"', (tmp_path / part).read_text("utf-8")))
    assert linked == {path.name for path in tmp_path.glob("students/*")}


# --------------------------------------------------------------------------------- writing


def test_pages_stay_in_their_folder_whatever_the_names(tmp_path):
    names = ["Ada", "ada", "../../etc/passwd", "CON", "", "李小龙", "a/b\\c:d\x00", "x" * 5000]
    names.append("\ud800")  # what a broken byte in a file name becomes
    results = [*(result(name) for name in names), result("Ada", score=0.5)]
    paths = write_pages(results, tmp_path / "grades", "Squared error")
    assert paths[-1] == tmp_path / "grades" / "index.html"
    assert len(set(paths)) == len(results) + 1
    found = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert found == set(paths)  # nothing elsewhere, and no half of a file
    for path in paths:
        check_harmless(path.read_bytes().decode("utf-8"))
    assert write_pages(results, tmp_path / "grades", "Squared error") == paths


def test_a_failed_write_keeps_the_old_page(tmp_path, monkeypatch):
    (*_, index) = write_pages([result("Ada")], tmp_path, "Old")

    def full(old, new):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_pages([result("Ada")], tmp_path, "New")
    assert "Old" in index.read_text(encoding="utf-8")
    assert not list(tmp_path.rglob("*.tmp"))


# ---------------------------------------------------------------------------------- reading


def luminance(colour):
    """Relative luminance of "#rrggbb" (WCAG 2)."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_every_colour_has_enough_contrast_in_both_themes():
    themes = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        for below in ("paper", "tint"):
            for name in ("ink", "soft", "good", "bad", "link", "odd"):
                low, high = sorted(luminance(colours[c]) for c in (name, below))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (name, below)


def test_heading_levels_are_not_skipped():
    for source in (student_page(attack("x")), summary_page(classroom(), "x")):
        levels = [int(tag[1]) for tag, _ in Page(source).elements if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(lower - upper <= 1 for upper, lower in pairwise(levels))


# ------------------------------------------------------------------------ own templates


def test_a_teachers_template_replaces_ours_and_can_extend_it(tmp_path):
    (tmp_path / "page.html").write_text(
        '{% extends "lossbook/page.html" %}'
        "{% block footer %}<p>{{ result.student }}</p>{% endblock %}"
    )
    (tmp_path / "style.css").write_text("p { color: #123456; }\n")
    own = load_templates(tmp_path)
    source = student_page(attack(), environment=own)
    page = check_harmless(source)
    digest = base64.b64encode(hashlib.sha256(b"p { color: #123456; }\n").digest()).decode()
    (policy,) = [a["content"] for _, a in page.elements if a.get("http-equiv")]
    assert f"'sha256-{digest}'" in policy
    assert "<style>p { color: #123456; }" in source


@pytest.mark.parametrize("text", HOSTILE)
def test_a_teachers_template_without_filters_is_safe(tmp_path, text):
    (tmp_path / "student.html").write_text(
        """{% extends "page.html" %}{% block main %}<p title="{{ result.student }}">"""
        """{{ result.student }}: {{ result.cells[0] }}</p>{% endblock %}"""
    )
    page = check_harmless(student_page(attack(text), environment=load_templates(tmp_path)))
    (title,) = [a["title"] for tag, a in page.elements if tag == "p"]
    assert title == visible(text)
    assert f"{visible(text)}: {visible(text)}" in page.text


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (b"\n{% block main %}", "student.html, line 2: .*Unexpected end"),
        (b"\n{{ x | no_such_filter }}", "student.html, line 2: .*No filter"),
        (b"\xe9", "student.html: UnicodeDecodeError"),
    ],
)
def test_a_malformed_template_is_reported_before_the_class_is_graded(tmp_path, template, reason):
    (tmp_path / "student.html").write_bytes(template)
    with pytest.raises(ValueError, match=reason):
        load_templates(tmp_path)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("\n{{ result.stduent }}", "line 2: .*no attribute 'stduent'"),
        ("\n{{ result.student | number }}", "line 2: TypeError"),
        ('{% extends "pages.html" %}', "line 1: TemplateNotFound: pages.html"),
    ],
)
def test_a_template_that_fails_is_reported_with_its_line(tmp_path, template, reason):
    (tmp_path / "student.html").write_text(template)
    with pytest.raises(ValueError, match=f"student.html, {reason}"):
        student_page(attack(), environment=load_templates(tmp_path))


def test_a_missing_folder_of_templates_is_reported(tmp_path):
    with pytest.raises(ValueError, match="no folder of templates"):
        load_templates(tmp_path / "none")
