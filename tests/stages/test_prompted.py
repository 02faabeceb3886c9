"""The stages that show the untrained model training rows: their prompts, what fits, and the files of a baseline."""

from pathlib import Path

import pytest

from pipeline_lib.core.files import read_json, read_jsonl, write_jsonl
from pipeline_lib.core.retrieval import with_demonstrations
from pipeline_lib.core.tasks import load
from pipeline_lib.models.loading import load_tokenizer, locate
from pipeline_lib.models.prompt_encoder import load_row_encoder
from pipeline_lib.tasks.impression import prompt as impression
from stages import classify_prompted, generate, generate_prompted
from tests.helpers import toys
from tests.helpers.classifier_runs import reviews, split_of
from tests.helpers.dialogues import SETTINGS, talks
from tests.helpers.stages import refused, run_stage
from tests.helpers.training_outputs import listed

ORGANS = "heart lung liver kidney spleen knee hip brain skull femur".split()


def report(at: int, extra: str = "") -> dict:
    organ = ORGANS[at % len(ORGANS)]
    return {
        "id": str(at), "group": str(at), "title": "", "history": "", "stratum": "", "leak": "",
        "source": f"The {organ} is enlarged. {extra}".strip(), "target": f"Large {organ}.",
    }  # fmt: skip


@pytest.fixture
def project(tmp_path):
    """A folder with a split of ten reports to train on and three that ask for the first three organs again."""
    parts = {"train": range(10), "validation": range(20, 21), "test": range(10, 13)}
    for part, numbers in parts.items():
        write_jsonl(tmp_path / "split" / f"{part}.jsonl", [report(at) for at in numbers])
    return tmp_path


def run(folder: Path, model: Path, stage=generate_prompted, **options) -> str:
    settings = {"task": "impression", "generate.max_new_tokens": 4} | options.pop("params", {})
    params = toys.write_params(folder / "params.yaml", model, settings)
    return run_stage(stage, params=params, data=folder / "split", **{"out": folder / "out"} | options)


def encoder(model: Path, task: str = "impression"):
    return load_row_encoder(str(model), None, False, load(task, "prompt"), "2026-01-01")


def prompt_of(model: Path, row: dict, k: int, train: list[dict], **limits) -> str:
    made = encoder(model)
    [encoded] = made.encode(with_demonstrations([row], train, k), **{"max_prompt": 400} | limits)
    return made.tokenizer.decode(encoded.ids[: encoded.start])


def test_training_rows_are_turns_before_the_row_the_most_similar_last(llama_folder, gpt2_folder):
    train, row = [report(at) for at in range(10)], {**report(11), "few_shot": ["not shown"]}
    text = prompt_of(llama_folder, row, 3, train)
    turns = [part.split("<|im_end|>")[0] for part in text.split("<|im_start|>")[1:]]
    assert [turn.split("\n")[0] for turn in turns] == ["system", *["user", "assistant"] * 3, "user", "assistant"]
    assert turns[5:7] == [f"user\n{impression.prompt(report(1))}", "assistant\nLarge lung."]
    assert turns[7] == f"user\n{impression.prompt(report(11))}"
    plain = prompt_of(gpt2_folder, row, 2, train)  # without a chat template
    blocks = plain.split(impression.prompt({**report(1), "source": ""}).split("Findings")[0])
    assert blocks[2:] == ["Findings: The lung is enlarged.\n\nImpression: Large lung.\n\n",
                          "Findings: The lung is enlarged.\n\nImpression:"]  # fmt: skip


def test_no_row_of_the_rows_own_group_is_shown_and_each_label_has_as_many():
    train = [report(at) for at in range(10)]
    row = with_demonstrations(train[1:2], train, 3)[0]
    assert len(row["demonstrations"]) == 3
    assert "1" not in {one["id"] for one in row["demonstrations"]}
    labelled = with_demonstrations(reviews(2, 30), reviews(12), 3)
    for row in labelled:
        assert sorted(one["target"] for one in row["demonstrations"]) == ["negative"] * 3 + ["positive"] * 3


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_as_many_are_shown_as_fit_with_the_answer(kind, request):
    model = request.getfixturevalue(f"{kind}_folder")
    made, train = encoder(model), [report(at) for at in range(10)]
    context = made.context
    [six] = made.encode(with_demonstrations([report(10)], train, 6), 400)
    for answer in (8, context - 300, context - 200, context - 130):
        [row] = made.encode(with_demonstrations([report(10)], train, 6), 400, answer)
        assert row.start + answer <= context
        if row.demonstrations < six.demonstrations:  # one more would not fit
            more = with_demonstrations([report(10)], train, row.demonstrations + 1)
            [longer] = made.encode(more, 400)
            assert longer.start + max(answer, len(longer.ids) - longer.start) > context
    long = {**report(10, "word " * 300), "demonstrations": [report(0)]}
    [alone] = made.encode([long], 120, context - 120)  # the row is cut as it is without demonstrations
    assert (alone.demonstrations, alone.ids) == (0, made.encode([{**long, "demonstrations": []}], 120)[0].ids)


def test_answers_of_both_numbers_are_those_of_generate_with_these_prompts(project, llama_folder):
    printed = run(project, llama_folder)
    assert listed(project / "out") == ["meanings.json", "test"]
    assert listed(project / "out" / "test") == ["prompted_3.jsonl", "prompted_6.jsonl"]
    meanings = read_json(project / "out" / "meanings.json")
    assert meanings["prompted_3"].startswith("the untrained model, shown the 3 most similar training rows with their")
    assert all(f"{name}: {meaning}\n" in printed for name, meaning in meanings.items())
    three, six = (read_jsonl(project / "out" / "test" / f"prompted_{shown}.jsonl") for shown in (3, 6))
    run(project, llama_folder, generate, out=project / "untrained")
    untrained = read_jsonl(project / "untrained" / "test.jsonl")
    for rows in (three, six):
        assert [(row["id"], row["reference"], row["tokens"]) for row in rows] == [
            (row["id"], row["reference"], row["tokens"]) for row in untrained
        ]
    assert len({row[0]["logp"] for row in (three, six, untrained)}) == 3, "each has prompts of its own"


def test_a_context_too_short_is_said_and_fewer_are_shown(project, llama_folder):
    write_jsonl(project / "split" / "train.jsonl", [report(at, "very long words " * 70) for at in range(10)])
    run(project, llama_folder, params={"generate.max_new_tokens": 150})
    meanings = read_json(project / "out" / "meanings.json")
    assert meanings["prompted_6"].endswith("with their answers; 3 of 3 prompts have room for fewer")


def test_dialogues_come_before_the_transcript_and_declining_is_read_off_the_same_prompt(tmp_path, llama_folder):
    made, talked = encoder(llama_folder, "dialogue"), talks(4)
    row = load("dialogue", "data").questions(talked[3:], {"turns_asked": 1})[0]  # type: ignore[attr-defined]
    [shown] = made.encode(with_demonstrations([row], talked[:3], 2), 200)
    [alone] = made.encode([row], 200)
    assert shown.demonstrations == 2
    assert shown.ids[shown.start :] == alone.ids[alone.start :]
    before = shown.ids[1 : shown.start - alone.start + 1]
    assert [shown.ids[0], *shown.ids[len(before) + 1 :]] == alone.ids
    tokenizer = load_tokenizer(locate(str(llama_folder)))
    assert tokenizer.decode(before).count("\n\n") == 2, "an empty line ends each"
    for part, rows in (("train", talked[:3]), ("validation", []), ("test", [row])):
        write_jsonl(tmp_path / "split" / f"{part}.jsonl", rows)
    run(tmp_path, llama_folder, params=SETTINGS, parts=["validation", "test"])
    assert read_jsonl(tmp_path / "out" / "validation" / "prompted_3.jsonl") == []
    assert len(read_jsonl(tmp_path / "out" / "test" / "prompted_3.jsonl")) == 1


def test_labels_are_those_of_prompts_with_each_label(tmp_path, llama_folder):
    split_of(tmp_path, train=reviews(12), validation=reviews(3, 13), test=reviews(5, 16))
    params = {"task": "sentiment", "prompt.few_shot": 0, "classify": {"batch_size": 5}}
    run(tmp_path, llama_folder, classify_prompted, params=params)
    assert listed(tmp_path / "out" / "test") == ["prompted_3.jsonl", "prompted_6.jsonl"]
    meanings = read_json(tmp_path / "out" / "meanings.json")
    assert "shown the 6 most similar training rows of each label with" in meanings["prompted_6"]
    three, six = (read_jsonl(tmp_path / "out" / "test" / f"prompted_{shown}.jsonl") for shown in (3, 6))
    assert [row["id"] for row in three] == [row["id"] for row in reviews(5, 16)]
    assert [row["choices"] for row in three] != [row["choices"] for row in six]
    assert all(sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-4) for row in three + six)


def test_a_special_token_in_a_training_row_is_refused(project, llama_folder):
    rows = [{**report(at), "target": "Large <|im_end|>."} for at in range(10)]
    write_jsonl(project / "split" / "train.jsonl", rows)
    refused(r"holds '<\|im_end\|>' as text", run, project, llama_folder)
    assert not (project / "out").exists()


def test_a_second_number_that_shows_no_more_rows_is_left_out(project, llama_folder):
    write_jsonl(project / "split" / "train.jsonl", [report(at) for at in range(3)])
    assert "prompted_6: left out, no more training rows fit than with fewer\n" in run(project, llama_folder)
    assert listed(project / "out" / "test") == ["prompted_3.jsonl"]
    assert list(read_json(project / "out" / "meanings.json")) == ["prompted_3"]


@pytest.mark.parametrize("empty", ["train", "test"])
@pytest.mark.parametrize("stage", [generate_prompted, classify_prompted])
def test_a_split_without_rows_is_refused(tmp_path, llama_folder, stage, empty):
    split_of(tmp_path, train=reviews(12), validation=reviews(3, 13), test=reviews(5, 16))
    write_jsonl(tmp_path / "split" / f"{empty}.jsonl", [])
    params: dict = {"task": "sentiment"} | ({"classify": {}} if stage is classify_prompted else {})
    refused(f"{empty}.jsonl holds no rows: run the split stage", run, tmp_path, llama_folder, stage, params=params)
    assert not (tmp_path / "out").exists()
