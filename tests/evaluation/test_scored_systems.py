"""A scored run by its library function: prompted baselines, known targets, texts without words, structural slices."""

import numpy as np
import pytest

from pipeline_lib.evaluation.score_run import score_run
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.report.verdict import caveats, gain_over_untrained, verdict

MEANINGS = {"majority": "one answer", "prompted_3": "the untrained model, shown 3; 2 of 30 prompts have room for fewer"}


def rows(part: str, targets: list[str], **more) -> list[dict]:
    return [
        {"id": f"{part}{at}", "group": f"{part}{at}", "stratum": "ct", "title": "", "history": "", "leak": "",
         "source": f"finding {at} of {part}", "target": target, **more}
        for at, target in enumerate(targets)
    ]  # fmt: skip


def answers(given: list[dict], texts: list[str], **more) -> list[dict]:
    return [
        {"id": row["id"], "prediction": text, "reference": row["target"], **more}
        for row, text in zip(given, texts, strict=True)
    ]


def scored(systems: dict[str, list[str]], targets: list[str], train: list[str], task: str = "impression", **more):
    test = rows("test", targets, **more)
    split = {"train": rows("train", train, **more), "validation": [], "test": test}
    given = {name: answers(test, texts) for name, texts in systems.items()}
    settings = {"wordnet": "none"} if task == "qa" else {}
    return score_run(split, {"test": given, "validation": {}}, MEANINGS, load_scoring(task), settings, 42)


RIGHT, WRONG = [f"Mass {at} of the left lung." for at in range(30)], ["Nothing."] * 30


def systems(**changed: list[str]) -> dict[str, list[str]]:
    half = RIGHT[:15] + WRONG[15:]
    return {"untrained": WRONG, "tuned": RIGHT, "majority": WRONG, "prompted_3": half, "prompted_6": WRONG} | changed


def test_over_the_untrained_model_is_over_the_best_of_its_prompts_and_each_has_to_be_beaten():
    run = scored(systems(), RIGHT, ["Normal."] * 3)
    assert run.scores["gain"]["untrained"]["against"] == run.scores["best_baseline"]["name"] == "prompted_3"
    assert run.scores["gain"]["untrained"]["difference"] == pytest.approx(0.5)
    assert list(run.scores["gain"]["each"]) == ["majority", "prompted_3", "prompted_6", "untrained"]
    assert run.scores["gain"]["baseline"]["verdict"] == "better"
    sentence = gain_over_untrained(run.scores, run.definitions)
    assert sentence.startswith("Gain over the untrained model, shown 3: ROUGE-L from 0.500 to 1.000 (+0.500")
    assert verdict(run.scores, run.definitions).endswith(
        "it is better than the other 2 baselines and the untrained model too (largest p = 1.9e-09)."
    )
    level = scored(systems(untrained=RIGHT), RIGHT, ["Normal."] * 3)
    assert level.scores["gain"]["baseline"]["verdict"] == "no clear difference"
    assert "but over the untrained model it could be chance" in verdict(level.scores, level.definitions)
    assert level.scores["gain"]["untrained"]["against"] == "untrained"


def test_targets_of_training_rows_are_counted_and_the_others_have_figures_of_their_own():
    run = scored(systems(), RIGHT, ["mass 0 of the LEFT lung", RIGHT[7], "Normal."])
    assert (run.scores["known_targets"], run.scores["new_targets"]["n"]) == (2, 28)
    assert run.scores["new_targets"]["baselines"]["prompted_3"]["rougeL"] == pytest.approx(13 / 28)
    [line] = [one for one in caveats(run.scores, run.definitions) if "word for word" in one]
    assert line == (
        "Test rows whose target is word for word that of a training row: 2; without them ROUGE-L: tuned 1.000, the "
        "best baseline 0.464, untrained 0.000 (28 test rows)."
    )
    assert "known_targets" not in scored(systems(), RIGHT, ["Normal."] * 3).scores
    every = scored(systems(), RIGHT, RIGHT).scores
    assert (every["known_targets"], every["new_targets"]["n"]) == (30, 0)


def test_references_without_a_word_that_rouge_counts_are_said():
    targets = ["\u2764\u2764", "!?", *RIGHT[2:]]
    run = scored(systems(), targets, ["Normal."] * 3)
    assert run.scores["references_without_words"] == 2
    said = "ROUGE sees no word in 2 of 30 references: these score 0 whatever is said."
    assert said in caveats(run.scores, run.definitions)


def test_a_slice_that_a_constant_baseline_wins_by_construction_is_marked():
    targets = ["no answer"] * 10 + [f"the {at}th" for at in range(20)]
    more = [{"question": "who?", "answers": [] if text == "no answer" else [text]} for text in targets]
    test = [row | extra for row, extra in zip(rows("test", targets), more, strict=True)]
    train = [row | more[0] for row in rows("train", ["no answer"])]
    texts = {"untrained": targets, "tuned": targets, "no_answer": ["no answer"] * 30}
    given = {name: answers(test, text) for name, text in texts.items()}

    def marked(given):
        run = score_run(
            {"train": train, "validation": [], "test": test}, {"test": given, "validation": {}}, {}, load_scoring("qa"),
            {"wordnet": "none"}, 42,
        )  # fmt: skip
        return {part["value"].split(";")[0] for part in run.slices if part["structural"]}

    assert {"answerable", "unanswerable"} <= marked(given)
    other = given | {"no_answer": answers(test, ["no answer"] * 29 + ["else"])}
    assert marked(other) == set()


def test_a_threshold_is_applied_to_every_system_that_answered_validation_rows():
    def squad(part, count):
        made = rows(part, ["no answer", "here"] * (count // 2), question="who?")
        return [row | {"answers": [] if row["target"] == "no answer" else [row["target"]]} for row in made]

    split = {"train": squad("train", 2), "validation": squad("validation", 4), "test": squad("test", 4)}
    sure = {name: np.log([0.9, 0.1] * 2) for name in ("validation", "test")}

    def given(part):
        made = answers(split[part], ["here"] * 4)
        return [row | {"no_answer": float(logp)} for row, logp in zip(made, sure[part], strict=True)]

    plain = answers(split["test"], ["no answer"] * 4)
    test = {"untrained": given("test"), "tuned": given("test"), "no_answer": plain, "prompted_3": given("test")}
    validation = {name: given("validation") for name in ("tuned", "prompted_3")}
    run = score_run(split, {"test": test, "validation": validation}, {}, load_scoring("qa"), {"wordnet": "none"}, 42)
    assert run.scores["tuned"]["f1_threshold"] == run.scores["baselines"]["prompted_3"]["f1_threshold"] == 1
    assert "f1_threshold" not in run.scores["untrained"]
