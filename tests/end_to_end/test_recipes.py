"""Each recipe as a user runs it, `dvc repro recipes/NAME/dvc.yaml`, on a random model of two layers."""

import csv
import math
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.projects import ROOT, Project, ran
from tests.helpers.toys import write_encoder, write_project_model

pytestmark = pytest.mark.slow

SMALL = {"split.train": 40, "split.test": 12, "split.validation": 8}
LM = {**SMALL, "epochs": 1, "prompt.max_tokens": 900}
CHANGES: dict[str, dict[str, Any]] = {
    "sentiment": {
        **SMALL,
        "max_tokens": 64,
        "grid": {"slow": {"lr": 1e-4, "epochs": 1}, "quick": {"lr": 1e-2, "epochs": 1}},
    },
    "sentiment_lm": LM,
    "qa": {**LM, "generate.max_new_tokens": 4},
    "company": {**LM, "generate.max_new_tokens": 4, "prompt.few_shot": 1, "multiple_choice.limit": 12},
    "dialogue": {
        **LM,
        "split.test": 6,
        "dialogue.turns_asked": 2,
        "epochs": 2,
        "generate.max_new_tokens": 4,
        "sample.prompts": 2,
        "sample.turns": 2,
        "sample.max_new_tokens": 4,
    },
}
SCORED = {"scores.json", "definitions.json", "rows.csv", "slices.csv", "split.json"}
LOSS, SYSTEMS = {"loss.csv", "loss.png"}, {"systems.csv", "systems.png", "slices.png"}
LABELS = {"confusion.csv", "confusion_matrix.png", "roc.csv", "roc.png", "calibration.png"}
WRITTEN = {
    "sentiment": {
        "metrics": {*SCORED, "model_selection.json", "fine_tuning_results.json"},
        "plots": {*LOSS, *LABELS, "model_selection.csv", "model_selection.png"},
        "pages": {"report.html", "errors.csv"},
    },
    "sentiment_lm": {
        "metrics": {*SCORED, "fine_tuning_results.json"},
        "plots": {*LOSS, *LABELS},
        "pages": {"report.html", "errors.csv"},
    },
    "qa": {"metrics": SCORED, "plots": {*LOSS, *SYSTEMS}, "pages": {"report.html"}},
    "company": {
        "metrics": {*SCORED, "forgetting.json"},
        "plots": {*LOSS, *SYSTEMS},
        "pages": {"report.html", "review.html", "review.csv"},
    },
    "dialogue": {
        "metrics": {*SCORED, "epoch_losses.json", "epoch_losses.csv"},
        "plots": {*LOSS, *SYSTEMS},
        "pages": {"report.html", "conversations.html"},
    },
}


@pytest.fixture(scope="module", params=CHANGES)
def recipe(request, tmp_path_factory):
    """A recipe that has run once, committed."""
    models = tmp_path_factory.mktemp("models")
    write = write_encoder if request.param == "sentiment" else write_project_model
    changes = {"model": str(write(models / "model")), **CHANGES[request.param]}
    made = Project(tmp_path_factory.mktemp("project"), f"recipes/{request.param}", changes)
    made.name = request.param
    made.log = made.dvc("repro", f"recipes/{request.param}/dvc.yaml")
    made.git("add", "-A")
    made.git("commit", "-qm", "first run")
    return made


def test_it_writes_what_it_says(recipe):
    for folder, names in WRITTEN[recipe.name].items():
        found = {file.name for file in (recipe.pipeline / folder).iterdir() if file.name != ".gitignore"}
        assert found == names
    assert (recipe.pipeline / "REPORT.md").is_file()
    assert (recipe.pipeline / "models" / "card" / "README.md").is_file()
    scores = recipe.scores()
    assert scores["n"] == 12
    assert scores["gain"]["baseline"]["against"] == scores["best_baseline"]["name"]
    # How varied replies are has no interval.
    bare = {f"{name}_{end}" for name in ("distinct_1", "distinct_2", "self_bleu") for end in ("low", "high")}
    assert all(math.isfinite(value) for name, value in scores["tuned"].items() if name not in bare)


def test_what_quotes_rows_is_not_in_git(recipe):
    tracked = set(recipe.git("ls-files", f"recipes/{recipe.name}").split())
    assert {"scores.json", "rows.csv", "REPORT.md", "dvc.lock", "loss.png"} <= {Path(name).name for name in tracked}
    places = {Path(name).relative_to(f"recipes/{recipe.name}").parts[0] for name in tracked}
    assert not places & {"models", "predictions", "pages"}
    shipped = {path.name for path in (ROOT / "recipes" / recipe.name / "data").glob("*.*")}
    assert {Path(name).name for name in tracked if f"recipes/{recipe.name}/data/" in name} <= shipped


def test_a_second_run_does_nothing(recipe):
    assert ran(recipe.dvc("repro", f"recipes/{recipe.name}/dvc.yaml")) == set()


def test_its_own_figures(recipe):
    if recipe.name == "sentiment":
        search = recipe.json("metrics/model_selection.json")
        assert set(search["settings"]) == {"slow", "quick"}
        results = recipe.json("metrics/fine_tuning_results.json")
        assert results["model"]["settings"]["lr"] == search["settings"][search["chosen"]]["lr"]
        assert set(results["scores"]["mcnemar"]) == {"baseline", "untrained"}
        with (recipe.pipeline / "pages" / "errors.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == results["error_analysis"]["errors"]
    if recipe.name == "sentiment_lm":
        counted = recipe.json("models/training/parameters.json")
        assert counted["tuned"]["trainable"] < counted["tuned"]["total"]
        assert counted["tuned"]["after_merging"] == counted["untrained"]["total"]
    if recipe.name == "qa":
        tuned = recipe.scores()["tuned"]
        assert {"f1", "exact", "f1_has", "f1_no", "f1_threshold", "meteor_no_synonyms", "bleu"} <= set(tuned)
        groups = [recipe.split_groups(part) for part in ("train", "validation", "test")]
        assert not groups[0] & groups[1]
        assert not groups[0] & groups[2]
    if recipe.name == "dialogue":
        kept = {path.name for path in (recipe.pipeline / "models" / "epochs").iterdir()}
        assert kept == {"epoch-1", "epoch-2"}
        assert set(recipe.json("metrics/epoch_losses.json")["by_epoch"]) == {"1", "2"}
        assert {"unigram", "trigram", "reply", "shuffled"} == set(recipe.scores()["baselines"])
        said = (recipe.pipeline / "predictions" / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(said) == 2 * (1 + 2)  # prompts, before training and after each epoch
    if recipe.name == "company":
        forgetting = recipe.json("metrics/forgetting.json")
        assert forgetting["multiple_choice"]["n"] == 12
        assert set(forgetting["refusals"]) == {"untrained", "tuned"}
        assert forgetting["refusals"]["tuned"]["off_topic"] == 30
