"""The recipes that label reviews: with an encoder and with a language model."""

import csv

from tests.helpers.recipes import LABELS, Recipe, RecipeTests


class TestSentiment(RecipeTests):
    its = Recipe(
        "sentiment",
        {"max_tokens": 64, "grid": {"slow": {"lr": 1e-4, "epochs": 1}, "quick": {"lr": 1e-2, "epochs": 1}}},
        metrics={"model_selection.json", "fine_tuning_results.json"},
        plots={*LABELS, "model_selection.csv", "model_selection.png"},
        pages={"errors.csv"},
    )

    def test_a_setting_is_selected_and_errors_are_listed(self, recipe):
        search = recipe.json("metrics/model_selection.json")
        assert set(search["settings"]) == {"slow", "quick"}
        results = recipe.json("metrics/fine_tuning_results.json")
        assert results["model"]["settings"]["lr"] == search["settings"][search["chosen"]]["lr"]
        assert set(results["scores"]["mcnemar"]) == {"baseline", "untrained"}
        with (recipe.pipeline / "pages" / "errors.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == results["error_analysis"]["errors"]


class TestSentimentLM(RecipeTests):
    its = Recipe(
        "sentiment_lm", {"epochs": 1, "prompt.max_tokens": 700}, {"fine_tuning_results.json"}, plots=LABELS,
        pages={"errors.csv"},
    )  # fmt: skip

    def test_parameters_are_counted(self, recipe):
        counted = recipe.json("models/training/parameters.json")
        assert counted["tuned"]["trainable"] < counted["tuned"]["total"]
        assert counted["tuned"]["after_merging"] == counted["untrained"]["total"]
