"""What holds for each recipe as a user runs it: `dvc repro recipes/NAME/dvc.yaml`, on a random model of two layers."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.helpers.projects import ROOT, Project, ran
from tests.helpers.toys import write_encoder, write_project_model

LM = {"epochs": 1, "prompt.max_tokens": 700, "generate.max_new_tokens": 4}
METRICS = {"scores.json", "summary.json", "definitions.json", "rows.csv", "slices.csv", "split.json"}
LOSS = {"loss.csv", "loss.png"}
SYSTEMS = {*LOSS, "systems.csv", "systems.png", "slices.png"}
LABELS = {*LOSS, "confusion.csv", "confusion_matrix.png", "roc.csv", "roc.png", "calibration.png"}


@dataclass(frozen=True)
class Recipe:
    """A recipe's name, small settings for it, and the files it writes beyond what all write."""

    name: str
    changes: dict[str, Any]
    metrics: set[str] = field(default_factory=set)
    plots: set[str] = field(default_factory=lambda: SYSTEMS)
    pages: set[str] = field(default_factory=set)


class RecipeTests:
    """The tests of a recipe: a class of tests inherits them and says which recipe it is."""

    its: Recipe

    @pytest.fixture(scope="class")
    def recipe(self, tmp_path_factory) -> Project:
        """Return the recipe after one run, committed."""
        write = write_encoder if self.its.name == "sentiment" else write_project_model
        small = {"split.train": 24, "split.test": 8, "split.validation": 6}
        changes = {"model": str(write(tmp_path_factory.mktemp("models") / "model")), **small, **self.its.changes}
        made = Project(tmp_path_factory.mktemp("project"), f"recipes/{self.its.name}", changes)
        return made.first_run(f"recipes/{self.its.name}/dvc.yaml")

    def test_it_writes_what_it_says(self, recipe):
        pages = {"report.html", *self.its.pages}
        for folder, names in {"metrics": METRICS | self.its.metrics, "plots": self.its.plots, "pages": pages}.items():
            found = {file.name for file in (recipe.pipeline / folder).iterdir() if file.name != ".gitignore"}
            assert found == names
        assert (recipe.pipeline / "REPORT.md").is_file()
        assert (recipe.pipeline / "models" / "card" / "README.md").is_file()
        scores = recipe.scores()
        assert scores["n"] == 8
        assert scores["gain"]["baseline"]["against"] == scores["best_baseline"]["name"]
        # On a few rows a figure at its edge, like a precision of 0, has no interval.
        missing = [name for name, value in scores["tuned"].items() if value is None]
        assert all(name.endswith(("_low", "_high")) for name in missing), missing
        assert f"{scores['headline']}_low" not in missing

    def test_what_quotes_rows_is_not_in_git(self, recipe):
        start = f"recipes/{self.its.name}/"
        tracked = [name.removeprefix(start).split("/") for name in recipe.git("ls-files", start).split()]
        assert {path[-1] for path in tracked} >= {"scores.json", "rows.csv", "REPORT.md", "dvc.lock", "loss.png"}
        assert not {path[0] for path in tracked} & {"models", "predictions", "pages"}
        shipped = {path.name for path in (ROOT / start / "data").glob("*.*")}
        assert {path[-1] for path in tracked if path[0] == "data"} <= shipped

    def test_a_second_run_does_nothing(self, recipe):
        assert ran(recipe.dvc("repro", f"recipes/{self.its.name}/dvc.yaml")) == set()
