"""What a class sees: a page for each student, and a summary for the teacher."""

from lossbook.grading.pages.student import student_page
from lossbook.grading.pages.summary import summary_page
from lossbook.grading.pages.write import write_pages

__all__ = ["student_page", "summary_page", "write_pages"]
