"""Lengths from training to export: auto is one number everywhere, and rows longer than the model are dropped or not."""

import pytest
from transformers import GenerationConfig

from pipeline_lib.core.files import read_json, read_jsonl, write_jsonl
from stages import chat, classify_lm, export, finetune, generate, refusal_probe, sample_dialogues
from tests.helpers import toys
from tests.helpers.dialogues import SETTINGS, trained
from tests.helpers.stages import error_of, refused
from tests.helpers.training_outputs import listed, places

AUTO = {"prompt.max_tokens": "auto", "generate.max_new_tokens": "auto", "epochs": 1}


@pytest.fixture
def project(tmp_path):
    return toys.write_split(tmp_path)


def lines(capsys, start: str) -> list[str]:
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith(start)]


def test_auto_is_the_same_number_in_every_stage(project, llama_folder, capsys):
    params = toys.write_params(project / "params.yaml", llama_folder, AUTO | {"off_topic": "none.jsonl"})
    finetune.main(places(project))
    said = lines(capsys, "prompt.max_tokens auto: 304 (99% of 10 prompts have at most 298 tokens, ")
    assert len(said) == 1
    identity, record = read_json(project / "tuned" / "base.json"), read_json(project / "training" / "parameters.json")
    assert (identity["settings"]["prompt"]["max_tokens"], identity["answer_tokens"]) == (304, 24)
    assert (record["lengths"]["prompt"]["limit"], record["lengths"]["answer"]["limit"]) == (304, 24)

    asking = [f"--params={params}", f"--tuned={project / 'tuned'}"]
    generate.main([*asking, f"--data={project / 'split'}", f"--out={project / 'answers'}"])
    off_topic = project / "off_topic.jsonl"
    write_jsonl(off_topic, [{"question": "Who won?"}])
    files = [f"--data={off_topic}", f"--split={project / 'split'}", f"--out={project / 'refusals.jsonl'}"]
    refusal_probe.main([*asking, *files])
    labels = AUTO | {"task": "sentiment", "classify": {"batch_size": 4}}
    labelled = toys.write_params(project / "labels.yaml", llama_folder, labels)
    rows = [row | {"target": "good", "labels": ["good", "bad"]} for row in toys.examples(4)]
    for part in ("train", "test"):
        write_jsonl(project / "labels" / f"{part}.jsonl", rows)
    out = capsys.readouterr().out
    assert out.count(said[0]) == 2
    assert out.count("generate.max_new_tokens auto: 24 (") == 2
    classify_lm.main([f"--params={labelled}", f"--data={project / 'labels'}", f"--out={project / 'given'}"])
    assert lines(capsys, "prompt.max_tokens auto: ")

    export.main([f"--tuned={project / 'tuned'}", f"--out={project / 'merged'}", f"--model={llama_folder}"])
    assert GenerationConfig.from_pretrained(project / "merged").max_new_tokens == 24


def test_dialogues_and_the_chat_have_the_number_that_training_had(tmp_path, llama_folder, capsys):
    made = trained(tmp_path, llama_folder, AUTO)
    said = lines(capsys, "prompt.max_tokens auto: ")
    length = read_json(made / "tuned" / "base.json")["settings"]["prompt"]["max_tokens"]
    assert said[0].startswith(f"prompt.max_tokens auto: {length} (99% of 5 prompts")
    asking = [f"--params={made / 'params.yaml'}"]
    generate.main([*asking, f"--data={made / 'split'}", f"--tuned={made / 'tuned'}", f"--out={made / 'answers'}"])
    assert lines(capsys, "prompt.max_tokens auto: ") == said
    files = [f"--out={made / 'samples.jsonl'}", f"--page={made / 'page.html'}"]
    sample_dialogues.main([*asking, f"--data={made / 'split'}", f"--epochs={made / 'epochs'}", *files])
    (made / "script.txt").write_text("Shall we have tea?\n" * 20, encoding="utf-8")
    talk = [f"--tuned={made / 'tuned'}", f"--model={llama_folder}", f"--script={made / 'script.txt'}"]
    capsys.readouterr()
    chat.main([*asking, *talk])
    found = capsys.readouterr().out
    toys.write_params(made / "params.yaml", llama_folder, SETTINGS | {"prompt.max_tokens": length})
    chat.main([*asking, *talk])
    assert capsys.readouterr().out == found


@pytest.mark.parametrize("max_tokens", ["auto", 400])
def test_rows_longer_than_the_model_are_named_at_once_or_dropped(project, gpt2_folder, capsys, max_tokens):
    train, validation = (read_jsonl(project / "split" / f"{part}.jsonl") for part in ("train", "validation"))
    for row in (train[2], train[7], validation[1]):
        row["target"] = "a finding " * 300
    for part, rows in (("train", train), ("validation", validation)):
        write_jsonl(project / "split" / f"{part}.jsonl", rows)
    changes = AUTO | {"prompt.max_tokens": max_tokens}
    toys.write_params(project / "params.yaml", gpt2_folder, changes)
    message = error_of(finetune.main, places(project))
    assert message.startswith("3 rows are longer with the answer than the model reads, 512 tokens, however ")
    assert all(f"{row} (" in message for row in (3, 8, 12))
    assert listed(project) == ["params.yaml", "split"]

    toys.write_params(project / "params.yaml", gpt2_folder, changes | {"prompt.too_long": "drop"})
    finetune.main(places(project))
    out = capsys.readouterr().out
    assert "3 rows left out, longer with the answer than the model reads (prompt.too_long: drop): 3, 8, 12\n" in out
    assert "8 training rows of " in out
    assert "; 2 validation rows; " in out
    assert read_json(project / "training" / "parameters.json")["lengths"]["too_long"] == ["3", "8", "12"]

    test = read_jsonl(project / "split" / "test.jsonl")
    test[0]["target"] = train[2]["target"]
    write_jsonl(project / "split" / "test.jsonl", test)
    message = r"^1 row is longer .*: 14 \(\d+ tokens\): take it out of the data, or .* reads more$"
    refused(message, finetune.main, places(project))
