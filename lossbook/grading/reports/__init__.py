"""HTML reports: a page for each student, and a summary for the teacher.

write        all pages of a class into a folder
student      one student's page
summary      the teacher's page
similarity   how much of the code is in another file
statistics   the numbers of a class
advice       what to teach again
plots        the geometry of the plots
roster       the table of names
markup       text and sentences as HTML
environment  the Jinja2 environment, with a teacher's own templates
templates/   the templates and the style sheet
"""

from lossbook.grading.reports.student import student_page
from lossbook.grading.reports.write import write_pages

__all__ = ["student_page", "write_pages"]
