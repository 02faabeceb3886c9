"""A run of six rows with hostile texts for the tests of human review: its sheet, files and tally."""

from pathlib import Path

from pipeline_lib.core.files import read_json, write_jsonl
from pipeline_lib.evaluation.human_review import make_sheet
from stages import review_sheet, review_tally

SEED = 7
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
ROWS = [  # id, question, answer before training, after training
    ("1", "Where is my parcel?", "Lost.", "1. Open Orders.\n2. Choose Track.\n\nIt is there."),
    ("2", "When are you open?", "Nine to five.", "Nine to five.\n"),  # equal: nobody sees the line end
    ("=3", HOSTILE, HOSTILE, "{{ 7*7 }} & 'quoted' \"twice\""),
    ("__proto__", "Can I pay later?\nBy invoice?", "", "=HYPERLINK(1)"),
    ("a b", "صدر طبيعي؟", "نعم", "لا\u2028نعم"),
    ("6", "Thanks", "Yes.", "Gladly."),
]
SAME = "2"


def parts(rows=ROWS):
    """Return test rows, and the answers of both models."""
    test_rows = [
        {"id": name, "group": name, "stratum": "", "source": question, "target": f"Reference of {name}"}
        for name, question, _, _ in rows
    ]
    untrained, tuned = (
        [{"id": row[0], "prediction": row[place], "reference": f"Reference of {row[0]}"} for row in rows]
        for place in (2, 3)
    )
    return test_rows, untrained, tuned


def sheet_of(rows=ROWS, seed=SEED):
    test_rows, untrained, tuned = parts(rows)
    return make_sheet(test_rows, untrained, tuned, seed)


def write_files(folder: Path, rows=ROWS, seed=SEED) -> list[str]:
    """Write a run to `folder`; return the options that both stages take."""
    names = ("split", "predictions/untrained", "predictions/tuned")
    for name, content in zip(names, parts(rows), strict=True):
        write_jsonl(folder / name / "test.jsonl", content)
    (folder / "params.yaml").write_text(f"seed: {seed}\n", encoding="utf-8")
    return f"--data {folder}/split --predictions {folder}/predictions --params {folder}/params.yaml".split()


def make_files(folder: Path, rows=ROWS, seed=SEED) -> list[str]:
    """Write a run and its sheet."""
    words = write_files(folder, rows, seed)
    review_sheet.main([*words, "--page", f"{folder}/review.html", "--table", f"{folder}/review.csv"])
    return words


def tally_of(words, *files, out):
    """Run the stage and return what it wrote."""
    review_tally.main([*words, *map(str, files), "--out", str(out)])
    return read_json(out)
