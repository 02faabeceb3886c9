"""stages.study: the whole output of a small repository, its files and page, and what is refused in one line."""

import json
import re

import pytest

from pipeline_lib.study import experiments, study_text
from pipeline_lib.study.experiments import Unfinished
from pipeline_lib.study.study_figure import draw_study
from pipeline_lib.study.study_page import write_page
from stages import compare_runs, study
from tests.helpers.legible import check_legible, written_texts
from tests.helpers.pages import check_page
from tests.helpers.stages import refused, run_stage
from tests.helpers.studies import HASH, Repository

pytest_plugins = ["tests.helpers.browser", "tests.helpers.figures"]

STRANGE = "<b>&\x1b[2J"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a project with a committed run, other settings, seeds and sizes; and a recipe in a folder."""
    made = Repository(tmp_path_factory.mktemp("study"))
    made.write(1, 0.1, 0.40)
    made.write(1, 0.1, 0.40, at="recipes/qa")
    made.commit("start")
    made.experiment("low", 2, 0.25, 0.52, lr=0.0003)
    made.experiment("high", 3, 0.05, 0.31, lr=0.003)
    for seed in (1, 2):
        made.experiment(f"s{seed}", 10 + seed, 0.1 + 0.02 * seed, 0.4, seed=seed)
    for rows in (75, 150):
        made.experiment(f"n{rows}", rows, rows / 3000, 0.3, rows_trained=rows)
    return made


@pytest.fixture
def project(repository, monkeypatch):
    """Go to the project, in whose queue nothing stands."""
    monkeypatch.chdir(repository.folder)
    monkeypatch.setattr(experiments, "_queue", list)
    return repository


SETTINGS = """\
ROUGE-L (higher is better), 30 test rows, start START

Which setting? ROUGE-L of 30 validation rows, with 95% intervals (300 training rows)
setting    ROUGE-L    95% interval  ROUGE-1  validation loss
lr 0.0003    0.520  0.470 to 0.570    0.620            0.980  chosen
lr 0.001     0.400  0.350 to 0.450    0.500            1.100  committed
lr 0.003     0.310  0.260 to 0.360    0.410            1.190
ROUGE-L of 30 validation rows chooses lr 0.0003.
Better: on 30 test rows it has 0.632, the committed setting 0.490 (+0.142, 95% interval +0.107 to
+0.175, p <= 1e-4).
The chosen run is the 2nd of 7 runs scored on these 30 test rows.
Each other run was a chance of a false find, so p counts 6 times (Holm): <= 6.0e-04.
The interval is of the rows alone: another seed may give another result.

open study/study.html in a browser
"""


def test_the_whole_output(project):
    output = run_stage(study, "low", "high").replace(project.commits["start"][:7], "START")
    assert output == SETTINGS


def test_all_experiments_answer_all_questions_in_lines_that_fit(project):
    output = run_stage(study)
    assert max(map(len, output.splitlines())) <= 100
    found = json.loads(run_stage(study, "--json"))
    assert [len(found[key]) for key in ("runs", "is_it_the_seed", "would_more_rows_help")] == [7, 1, 1]
    assert found["which_setting"]["chosen"] == "lr 0.0003"
    assert found["is_it_the_seed"][0]["seeds"] == [42, 1, 2]
    assert [point["rows"] for point in found["would_more_rows_help"][0]["points"]] == [75, 150, 300]
    assert found["looks"] == {"results": 7, "complete": True}
    for question in (
        "Which setting? ROUGE-L of 30 validation rows, with 95% intervals of single runs (300",
        "Is it the seed? lr 0.001 (300 training rows)",
        "Would more rows help? lr 0.001",
    ):
        assert question in output
    assert re.search(
        r"The last doubling, from 150 to 300 training rows, (helped|made no clear difference): ROUGE-L", output
    )
    written = json.loads((project.folder / "study" / "study.json").read_text())
    assert written == found
    assert project.git("status", "--porcelain") == ""


def test_of_many_settings_and_sizes_one_is_in_full(project, drawn, tmp_path):
    found = json.loads(run_stage(study, "--json"))
    own = found["is_it_the_seed"][0]
    found["is_it_the_seed"] = [own, *({**own, "setting": "lr 0.1", "size": size} for size in (75, 150))]
    mean, gain = own["tuned"]["mean"], own["each"][own["best_baseline"]]["difference"]
    lines = study_text.lines(found)
    assert lines.count("Is it the seed? lr 0.001 (300 training rows)") == 1
    place = lines.index("Is it the seed? The other settings and sizes")
    assert [line.split()[:6] for line in lines[place + 2 : place + 4]] == [
        ["lr", "0.1", size, "3", f"{mean:.3f}", f"{gain:+.3f}"] for size in ("75", "150")
    ]
    write_page(tmp_path / "study.html", found)
    page = (tmp_path / "study.html").read_text()
    assert page.count("<h2>Is it the seed?</h2>") == 2
    assert "2 of 2 better" in page
    found["would_more_rows_help"][0]["setting"] = "lr 0.001, lora.r 16, prompt.few_shot 3"
    draw_study(tmp_path / "study.png", found)
    texts = written_texts(drawn[-1])
    assert not [text for text in texts if "…" in text]
    assert "Other settings and sizes: the tuned model minus the best baseline" in texts
    assert {"lr 0.1 (75 training rows)", "lr 0.1 (150 training rows)"} <= set(texts)
    assert texts.count("Is it the seed? The tuned model minus each other system, over 3 seeds") == 1


def test_the_picture_has_a_panel_a_question_and_systems_in_words(project, drawn):
    run_stage(study)
    (figure,) = drawn
    check_legible(figure)
    texts = written_texts(figure)
    for title in (
        "Which setting? The validation rows choose, no test row is read for it",
        "Is it the seed? The tuned model minus each other system, over 3 seeds",
        "Would more training rows help?",
    ):
        assert title in texts
    assert any(text.startswith("ROUGE-L of 30 validation rows (higher is better") for text in texts)
    assert "First sentences of the input (best baseline)" in texts
    assert {"lr 0.0003 (chosen)", "lr 0.001 (committed)", "Nearest training row's target", "Tuned model"} <= set(texts)
    assert not {"lead", "nearest_row", "untrained", "tuned"} & set(texts)


def test_a_recipe_another_commit_and_a_folder(project, tmp_path):
    options = ["--rev", "HEAD", "--metrics-dir", "recipes/qa/metrics"]
    refused("a study needs two runs with different params, all here have the same", run_stage, study, *options)
    run_stage(study, "low", "--out", tmp_path / "there")
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == ["study.html", "study.json", "study.png"]
    assert (tmp_path / "there" / "study.png").read_bytes()[:4] == b"\x89PNG"


def test_unfinished_experiments_and_those_without_scores_are_named(project, monkeypatch):
    queue = [
        Unfinished("waits", "queued", project.commits["start"]),
        Unfinished("fell", "failed", project.commits["start"]),
    ]
    monkeypatch.setattr(experiments, "_queue", lambda: queue)
    commit = project.experiment("empty", 2, 0.1, lr=0.5)
    project.git("checkout", "-q", "--detach", commit)
    project.git("rm", "-q", "metrics/scores.json")
    project.git("commit", "-qm", "no scores")
    project.git("update-ref", f"refs/exps/{project.commits['start'][:2]}/{project.commits['start'][2:]}/empty", "HEAD")
    project.git("checkout", "-q", "main")
    try:
        output = run_stage(study, "low", "empty", "fell", "waits")
        assert "fell failed: left out, dvc queue logs fell says why.\nwaits is queued: left out.\n" in output
        assert "empty is left out: empty has no metrics/scores.json" in output
        alone = r"there is one, the committed one \(fell failed: left out, .*\): run some with dvc exp run --queue"
        refused(alone, run_stage, study, "fell")
        refused(r"\(waits is queued: left out\): run some with dvc queue start, or", run_stage, study, "waits")
    finally:
        project.forget("empty")


def test_a_committed_run_of_other_data_is_left_out(project):
    for number, name in enumerate(("first", "second")):
        project.experiment(name, number, 0.1, lr=0.1 * number, hashed="0" * 64)
    try:
        output = run_stage(study, "first", "second")
    finally:
        for name in ("first", "second"):
            project.forget(name)
    assert "the committed run is left out: no experiment has its test rows" in " ".join(output.split())
    assert json.loads((project.folder / "study" / "study.json").read_text())["test_rows"] == "0" * 64


def test_what_is_refused(project, tmp_path, monkeypatch):
    refused(r"no experiment or revision 'lwo' \(did you mean low\?\)", run_stage, study, "lwo")
    project.experiment("others", 2, 0.1, lr=0.5, hashed="0" * 64)
    try:
        message = r"same test rows, these differ \(start and low: 30 rows, c0ffeec0; others: 30 rows, 00000000\)"
        refused(message, run_stage, study, "low", "others")
    finally:
        project.forget("others")
    with pytest.raises(SystemExit) as stopped:
        study.main(["--seed", "-1"])
    assert stopped.value.code == 2
    monkeypatch.chdir(tmp_path)
    refused("not in a Git repository", run_stage, study)


def test_the_seeds_of_the_committed_setting_are_kept_for_the_report(project):
    refused("--verdict needs 3 seeds of the committed setting or more", run_stage, study, "low", "high", "--verdict")
    run_stage(study, "s1", "s2", "--verdict")
    file = project.folder / "metrics" / "seeds.json"
    found = json.loads(file.read_text())
    file.unlink()
    assert (found["seeds"], found["test_rows"], found["headline"]) == ([42, 1, 2], HASH, "rougeL")
    assert found["train_rows"] == "ef" * 32
    assert found["setting"] == {"task": "impression", "lr": 0.001, "split.train": 300}
    answer = json.loads((project.folder / "study" / "study.json").read_text())["is_it_the_seed"][0]
    assert found["verdict"] == answer["verdict"]
    assert found["mean"] == round(answer["tuned"]["mean"], 6)
    assert found["low"] == round(answer["each"][found["against"]]["low"], 6)


def test_compare_runs_says_which_look_it_is(project):
    assert "B is the 2nd of 7 runs scored on these 30 test rows." in run_stage(compare_runs, "HEAD", "low")
    assert json.loads(run_stage(compare_runs, "HEAD", "low", "--json"))["look"] == {"b": 2, "of": 7, "complete": True}


def test_the_page_in_a_browser(project, page, tmp_path):
    project.experiment("strange", 5, 0.1, 0.6, note=STRANGE)
    try:
        output = run_stage(study, "--out", tmp_path)
    finally:
        project.forget("strange")
    assert "\x1b" not in output
    page.goto((tmp_path / "study.html").as_uri())
    assert "note <b>&" in page.inner_text("main")
    assert page.locator("h2").all_inner_texts() == [
        "Which setting?", "Is it the seed?", "Would more rows help?", "The runs",
    ]  # fmt: skip
    check_page(page)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
