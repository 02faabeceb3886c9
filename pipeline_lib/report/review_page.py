"""The blind review sheet as one HTML page."""

from pathlib import Path

from pipeline_lib.evaluation.human_review import Sheet
from pipeline_lib.report.offline_page import offline_page

TEMPLATE, STYLE, SCRIPT = (Path(__file__).with_name(f"review_page.{kind}") for kind in ("html", "css", "js"))


def page(sheet: Sheet) -> str:
    """Return the sheet as one HTML page that loads nothing from a network. Text of a row is never markup in it."""
    rows = [[row.id, row.question, row.a, None if row.same else row.b, row.reference] for row in sheet.rows]
    script = SCRIPT.read_text(encoding="utf-8")
    return offline_page(TEMPLATE, {"data": {"run": sheet.run, "rows": rows}}, sheets=(STYLE,), scripts=(script,))
