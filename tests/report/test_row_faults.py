"""The faults of answers by the columns of rows.csv, and which rows a reader is shown first."""

import csv

from pipeline_lib.core.files import write_csv, write_jsonl
from pipeline_lib.report.page import page
from pipeline_lib.report.row_faults import fault_counts, first_rows, row_faults, weight
from tests.helpers.label_run import write_label_run
from tests.helpers.report_run import SCORES, change, read, write_run


def write_faults(folder, scores=SCORES, **columns):
    """Write the toy run with more columns of the tuned model: a number for each of its eight rows."""
    path = write_run(folder, scores=scores) / "metrics" / "rows.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for place, row in enumerate(rows):
        row.update({f"tuned.{name}": given[place] for name, given in columns.items()})
    write_csv(path, list(rows[0]), rows)
    return folder


def labels(run) -> dict:
    return {name: [fault.label for fault in found] for name, found in row_faults(run).items() if found}


def test_faults_of_answers_and_what_weighs_on_rows(tmp_path):
    write_faults(
        tmp_path, SCORES | {"known_targets": 1, "new_targets": {"n": 0}}, negation_flip=[0, 1, 0, 1, 0, 0, 0, 0],
        empty=[0, 1, 0, 0, 0, 0, 0, 1], not_ended=[0] * 8,
    )  # fmt: skip
    write_jsonl(tmp_path / "data" / "split" / "train.jsonl", [{"id": "t", "source": "s", "target": "Third!"}])
    run = read(tmp_path)
    assert labels(run) == {
        "12": ["negation flipped", "empty answer"],
        "4": ["negation flipped", "nearly equal to a training row"],
        "3": ["target is that of a training row"],
        "<8>": ["empty answer"],
    }
    faults = row_faults(run)
    assert {name: weight(found) for name, found in faults.items() if found} == {"12": 101, "4": 100, "3": 0, "<8>": 1}
    assert [(fault.key, count) for fault, count in fault_counts(faults)][:2] == [("negation_flip", 2), ("empty", 2)]
    best, worst, dangerous = first_rows(run, faults)
    assert [row.id for row in best.rows] == ["<8>", "1", "12"]
    assert [row.id for row in worst.rows] == ["7"]
    assert [row.id for row in dangerous.rows] == ["12", "4"]
    assert dangerous.about == (
        "Rules look for: negation flipped. They found 2 of 8 answers of tuned, those with the most faults first. They "
        "miss some."
    )
    html = page(run)
    rows = html.split('<div id="list"')[1]
    assert (
        rows.index('id="row-12"') < rows.index('id="row-4"') < rows.index('id="row-%3C8%3E"') < rows.index('id="row-7"')
    )
    assert '<option value="negation_flip">negation flipped (2)</option>' in html
    assert '<option value="-weight">faults first</option>' in html
    assert 'data-faults="negation_flip empty" data-weight="101"' in html
    assert "Answers with faults come first, then rows where tuned is furthest behind it." in html


def test_a_finding_of_the_reference_that_the_answer_lacks(tmp_path):
    write_faults(tmp_path, reference_findings=[0, 1, 2, 0, 0, 0, 0, 3], shared_findings=[0, 1, 1, 0, 0, 0, 0, 0])
    found = labels(read(tmp_path))
    assert {name for name, faults in found.items() if "finding missed" in faults} == {"3", "<8>"}


def test_a_known_target_is_told_where_score_found_some(tmp_path):
    write_run(tmp_path)
    write_jsonl(tmp_path / "data" / "split" / "train.jsonl", [{"id": "t", "source": "s", "target": "third"}])
    run = read(tmp_path)
    assert [row.id for row in run.rows if row.known] == ["3"]
    assert labels(run) == {"4": ["nearly equal to a training row"]}


def test_no_answer_with_a_fault_and_a_task_that_looks_for_none(tmp_path):
    run = read(write_faults(tmp_path / "clean", negation_flip=[0] * 8))
    dangerous = first_rows(run, row_faults(run))[2]
    assert dangerous.rows == []
    assert dangerous.about == (
        "Rules looked for: negation flipped. They found none in 8 answers of tuned. They miss some."
    )
    assert "faults first" not in page(run)
    plain = read(write_run(tmp_path / "plain"))
    assert [group.key for group in first_rows(plain, row_faults(plain))] == ["best", "worst"]
    html = page(plain)
    assert "<h3>Dangerous</h3>" not in html
    assert "Rows where tuned is furthest behind it come first." in html


def test_a_question_that_the_passage_does_not_answer(tmp_path):
    write_faults(tmp_path, no=[0, 1, 1, 0, 0, 0, 0, 0], exact_no=[0, 1, 0, 0, 0, 0, 0, 0])
    run = read(tmp_path)
    answered = "answered, though the passage does not say"
    assert labels(run) == {"3": [answered], "4": ["nearly equal to a training row"]}
    assert [row.id for row in first_rows(run, row_faults(run))[2].rows] == ["3"]


def test_a_fault_of_another_metric_has_its_title(tmp_path):
    write_faults(tmp_path, invented=[1, 0, 0, 0, 0, 1, 0, 0], negation_flip=[0, 0, 0, 0, 0, 1, 0, 0])
    metric = (
        '"invented": {"columns": ["invented", "rows"], "better": "lower", "title": "invented names", "meaning": ""}, '
    )
    change(tmp_path / "metrics" / "definitions.json", '"distance": {', metric + '"distance": {')
    run = read(tmp_path)
    assert labels(run) | {"4": []} == {"1": ["invented names"], "6": ["negation flipped", "invented names"], "4": []}
    assert [row.id for row in first_rows(run, row_faults(run))[2].rows] == ["6", "1"]


def test_rows_of_labels(tmp_path):
    run = read(write_label_run(tmp_path))
    best, worst = first_rows(run, row_faults(run))
    assert [row.id for row in worst.rows] == ["r1"]
    assert all(row.gain > 0 for row in best.rows)
    assert [row.confidence["tuned"] for row in best.rows] == sorted(
        (row.confidence["tuned"] for row in best.rows), reverse=True
    )
    html = page(run)
    assert "Tuned is wrong and the baseline right." in html
    assert "Marked in an answer" not in html


def test_words_that_differ_are_marked_and_no_row_is_red_for_its_words(tmp_path):
    run = read(write_run(tmp_path))
    html = page(run)
    assert '<span class="gain">ROUGE-L 0.200, baseline 0.600</span>' in html
    assert "worse than the baseline" not in html
    (row,) = [row for row in run.rows if row.id == "4"]
    assert (row.reference, row.answers["tuned"]) == ("fourth", "line\u2028separated\nand 'quoted' \"twice\"")
    assert "<mark>line\u2028separated\nand &#39;quoted&#39; &#34;twice</mark>&#34;</p>" in html
