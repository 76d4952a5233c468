"""What a class sees: a page for each student, and a summary for the teacher."""

from lossbook.grading.reports.student import student_page
from lossbook.grading.reports.summary import summary_page
from lossbook.grading.reports.write import write_pages

__all__ = ["student_page", "summary_page", "write_pages"]
