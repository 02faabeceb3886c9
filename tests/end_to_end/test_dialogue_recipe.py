"""The recipe of dialogues."""

from tests.helpers.recipes import LM, Recipe, RecipeTests


class TestDialogue(RecipeTests):
    small = LM | {"epochs": 2, "split.test": 4, "dialogue.turns_asked": 2}
    small |= {"sample.prompts": 2, "sample.turns": 2, "sample.max_new_tokens": 4}
    its = Recipe("dialogue", small, {"epoch_losses.json", "epoch_losses.csv"}, pages={"conversations.html"})

    def test_each_epoch_is_kept_and_sampled(self, recipe):
        epochs = {path.name for path in (recipe.pipeline / "models" / "epochs").iterdir()}
        assert epochs == {"epoch-1", "epoch-2"}
        assert set(recipe.json("metrics/epoch_losses.json")["by_epoch"]) == {"1", "2"}
        baselines = {"unigram", "trigram", "reply", "shuffled", "prompted_3", "prompted_6"}
        assert set(recipe.scores()["baselines"]) == baselines
        sampled = (recipe.pipeline / "predictions" / "conversations.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(sampled) == 2 * (1 + 2)  # prompts, before training and after each epoch
