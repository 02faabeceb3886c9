"""The recipes whose models answer questions: from a passage, and as a company's assistant."""

from tests.helpers.recipes import LM, Recipe, RecipeTests


class TestQa(RecipeTests):
    its = Recipe("qa", LM)

    def test_squads_figures_and_articles_in_one_part(self, recipe):
        tuned = recipe.scores()["tuned"]
        assert {"f1", "exact", "f1_has", "f1_no", "f1_threshold", "meteor_no_synonyms", "bleu"} <= set(tuned)
        train, *others = (recipe.split_groups(part) for part in ("train", "validation", "test"))
        assert not train & others[0]
        assert not train & others[1]


class TestCompany(RecipeTests):
    changes = LM | {"prompt.few_shot": 1, "multiple_choice.limit": 12}
    its = Recipe("company", changes, {"forgetting.json"}, pages={"review.html", "review.csv"})

    def test_what_is_forgotten_and_what_is_refused(self, recipe):
        forgetting = recipe.json("metrics/forgetting.json")
        assert forgetting["multiple_choice"]["n"] == 12
        assert set(forgetting["refusals"]) == {"untrained", "tuned"}
        assert forgetting["refusals"]["tuned"]["off_topic"] == 30
