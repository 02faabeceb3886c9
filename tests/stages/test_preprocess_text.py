"""The stage that makes the corpus: what it writes of a table and of plain text, and an error on the command line."""

import csv
import subprocess
import sys

from pipeline_lib.core.files import read_jsonl
from stages import preprocess_text
from tests.helpers.stages import run_stage
from tests.helpers.toys import ROOT


def test_the_vocabulary_and_sentences_of_the_distinct_reports(tmp_path):
    params = (ROOT / "params.yaml").read_text().replace("min_documents: 5", "min_documents: 2")
    (tmp_path / "params.yaml").write_text(params)
    with (tmp_path / "r.csv").open("w", newline="", encoding="utf-8") as file:
        twice = ["CT chest", "cough", "Nodule of 5 mm in the left lung.", "Lung nodule."]
        last = ["CT chest", "", "Lungs clear,\nno nodules. XXXX", "<b>=Clear</b> lungs. Fine."]
        csv.writer(file).writerows([["Report Name", "History", "Observation", "Impression"], twice, twice, last])
    out = tmp_path / "corpus"
    printed = run_stage(preprocess_text, params=tmp_path / "params.yaml", data=tmp_path / "r.csv", out=out)
    assert (out / "vocabulary.csv").read_text() == (
        "word,stem,lemma,count,documents\nlung,lung,lung,4,2\nnodule,nodul,nodule,3,2\n"
    )
    assert read_jsonl(out / "sentences.jsonl") == [
        {"text": "Nodule of 5 mm in the left lung.", "count": 1, "words": [1, 0], "phrases": [0, 0]},
        {"text": "Lung nodule.", "count": 1, "words": [0, 1], "phrases": [0, 0]},
        {"text": "Lungs clear,", "count": 1, "words": [0], "phrases": [0]},
        {"text": "no nodules.", "count": 1, "words": [1], "phrases": [0]},
        {"text": "<b>=Clear</b> lungs.", "count": 1, "words": [0], "phrases": [3]},
    ]
    assert printed.startswith("2 words in at least 2 of 2 distinct documents; 5 distinct sentences, 2 more ")


def test_plain_text_needs_no_task(tmp_path):
    (tmp_path / "params.yaml").write_text("words: {form: word, min_documents: 1, min_letters: 3}\n")
    (tmp_path / "c.txt").write_text("lung\nlung\nDr. Okafor\n")
    out = tmp_path / "corpus"
    printed = run_stage(preprocess_text, params=tmp_path / "params.yaml", text=tmp_path / "c.txt", out=out)
    assert "\nleft out as names of people (words.names): 1 words\n" in printed
    assert "kafor" not in printed
    assert (out / "vocabulary.csv").read_text() == "word,stem,lemma,count,documents\nlung,lung,lung,1,1\n"
    assert (out / "sentences.jsonl").read_text() == '{"text": "lung", "count": 1, "words": [0], "phrases": [0]}\n'


def test_a_users_error_is_one_line_and_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "stages.preprocess_text", "--data", "none.csv", "--out", str(tmp_path / "corpus")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert (done.stderr.count("\n"), list(tmp_path.iterdir())) == (1, [])
