"""The n-gram model: against the formula by hand, NLTK's Witten-Bell where both agree, and the argmax; its stage."""

import json
import math
import random
from collections import Counter
from pathlib import Path

import pytest
from nltk.lm import WittenBellInterpolated

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.evaluation.ngram_lm import NgramModel
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.tasks.dialogue import data as dialogue
from stages import ngram_baselines
from tests.helpers.dialogues import talks
from tests.helpers.stages import refused
from tests.helpers.toys import write_params

VOCABULARY = 12


def corpus(rows: int, seed: int = 1) -> list[tuple[list[int], list[int]]]:
    """Return rows of tokens below VOCABULARY - 2, all but the first of which are places to count."""
    draw = random.Random(seed)
    made = []
    for _ in range(rows):
        ids = [draw.choice([0, 0, 0, 1, 1, 2, 3, draw.randrange(VOCABULARY - 2)]) for _ in range(draw.randint(2, 15))]
        made.append((ids, list(range(1, len(ids)))))
    return made


def histories(order: int) -> list[list[int]]:
    """Return histories, longer ones than the order too, and some that never occurred."""
    draw = random.Random(9)
    return [[draw.randrange(VOCABULARY) for _ in range(length)] for length in range(order + 2) for _ in range(25)]


def unigram(rows, token: int) -> float:
    """Return Witten and Bell's probability of a token alone: every token has an equal part of what is left."""
    seen = [ids[at] for ids, places in rows for at in places]
    return (seen.count(token) + len(set(seen)) / VOCABULARY) / (len(seen) + len(set(seen)))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_probabilities_are_nltks_above_the_unigram_and_sum_to_one(order):
    """NLTK's unigram is the plain share of a token: the formula's is put in its place."""
    rows = [(ids, list(range(len(ids)))) for ids, _ in corpus(20)]
    ours, theirs = NgramModel(rows, order, VOCABULARY), WittenBellInterpolated(order)
    runs = [
        [tuple(map(str, ids[at - width : at + 1])) for at in range(len(ids)) for width in range(min(order, at + 1))]
        for ids, _ in rows
    ]
    theirs.fit(runs, [str(token) for token in range(VOCABULARY)])
    theirs.estimator.unigram_score = lambda word: unigram(rows, int(word))
    for before in histories(order):
        found = [ours.probability(token, before) for token in range(VOCABULARY)]
        context = list(map(str, before[max(0, len(before) - order + 1) :]))
        assert found == pytest.approx([theirs.score(str(token), context) for token in range(VOCABULARY)])
        assert sum(found) == pytest.approx(1)
        assert min(found) > 0, "every token is possible everywhere"


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_the_most_likely_token_is_the_argmax(order):
    for seed in range(15):
        rows = corpus(1 + seed, seed)
        model = NgramModel(rows, order, VOCABULARY)
        for before in [*histories(order), *histories(order)]:  # what is remembered is said again
            found = [model.probability(token, before) for token in range(VOCABULARY)]
            assert model.most_likely(before) == found.index(max(found)), "of equals the lowest id"


def test_the_most_likely_token_may_never_have_followed():
    # 7 was followed once each by four tokens; 0 is nearly all there is, and stood after 7 never.
    ids = [0] * 200 + [7, 1, 7, 2, 7, 3, 7, 4]
    for order in (2, 3):
        model = NgramModel([(ids, range(len(ids)))], order, VOCABULARY)
        assert model.probability(0, [7]) > max(model.probability(token, [7]) for token in range(1, VOCABULARY))
        assert (model.most_likely([7]), model.most_likely([9, 7])) == (0, 0)


def test_only_ngrams_that_end_at_a_given_place_are_counted():
    model = NgramModel([([1, 2, 3, 4], [2])], 3, 10)
    counts = {history: dict(found) for history, found in model.after.items()}
    assert counts == {(): {3: 1}, (2,): {3: 1}, (1, 2): {3: 1}}
    assert NgramModel([([1, 2], [0])], 3, 10).after == {(): Counter({1: 1})}, "nothing stands before the first"
    with pytest.raises(UserError, match="there are no training tokens to count: run the split stage, or raise split"):
        NgramModel([([1, 2], [])], 3, 10)


# The stage.
def project(folder: Path, model: Path, validation: bool = True, max_tokens: int = 60) -> Path:
    rows = talks(6)
    questions = dialogue.questions(rows[4:], {"turns_asked": 2})
    parts = {"train": rows[:4], "validation": questions[:2] if validation else [], "test": questions[2:]}
    for name, part in parts.items():
        write_jsonl(folder / "split" / f"{name}.jsonl", part)
    changes = {"task": "dialogue", "prompt.few_shot": 0, "prompt.max_tokens": max_tokens, "generate.max_new_tokens": 20}
    return write_params(folder / "params.yaml", model, changes)


def run(folder: Path, params: Path) -> dict[str, bytes]:
    """Run the stage and return its files."""
    out = folder / "out"
    ngram_baselines.main([f"--params={params}", f"--data={folder / 'split'}", f"--out={out}"])
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*.json*"))}


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_stage_writes_answers_and_likelihoods(tmp_path, kind, request, capsys):
    base = locate(str(request.getfixturevalue(f"{kind}_folder")))
    files = run(tmp_path, project(tmp_path, base.folder))
    assert json.loads(files.pop("meanings.json")) == {
        "unigram": "an interpolated unigram over the model's tokens",
        "trigram": "an interpolated trigram over the model's tokens",
    }
    printed = capsys.readouterr().out
    encoder = TranscriptEncoder(base, load_tokenizer(base))
    counted = [(row.ids, row.targets()) for row in encoder.encode(read_jsonl(tmp_path / "split" / "train.jsonl"), 60)]
    orders = {"trigram": 3, "unigram": 1}
    assert list(files) == [f"{part}/{name}.jsonl" for part in ("test", "validation") for name in orders]
    totals = {}
    for file, content in files.items():
        part, name = file.removesuffix(".jsonl").split("/")
        model = NgramModel(counted, orders[name], len(encoder.tokenizer))
        rows = read_jsonl(tmp_path / "split" / f"{part}.jsonl")
        answers = [json.loads(line) for line in content.splitlines()]
        for one, example, row in zip(answers, rows, encoder.encode(rows, 60), strict=True):
            nats = [math.log(model.probability(row.ids[at], row.ids[:at])) for at in range(row.start, len(row.ids))]
            ids = list(row.ids[: row.start])
            while len(ids) < row.start + 20 and (token := model.most_likely(ids)) != encoder.eos_id:
                ids.append(token)
            assert one == {
                "id": example["id"],
                "prediction": encoder.tokenizer.decode(ids[row.start :]).strip(),
                "reference": example["target"],
                "logp": pytest.approx(sum(nats)),
                "tokens": len(nats),
                "bytes": len(example["target"].encode()),
            }
        totals[part, name] = sum(one["logp"] for one in answers)
        if part == "test":
            bits = -totals[part, name] / math.log(2) / sum(one["bytes"] for one in answers)
            assert f"{name}: {bits:.3f} bits a byte on 2 test rows\n" in printed
    assert totals["test", "trigram"] > totals["test", "unigram"]


def test_the_stage_without_validation_rows_twice_and_with_a_turn_that_is_too_long(tmp_path, llama_folder):
    params = project(tmp_path, llama_folder, max_tokens=16)
    message = r"prompt.max_tokens \(16\) must hold the longest turn, number 1 of dialogue d0"
    refused(message, run, tmp_path, params)
    assert not (tmp_path / "out").exists()
    params = project(tmp_path, llama_folder, validation=False)
    files = run(tmp_path, params)
    assert files["validation/unigram.jsonl"] == b""
    assert run(tmp_path, params) == files
