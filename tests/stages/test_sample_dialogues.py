"""The stage sample_dialogues on a toy: dialogues of each epoch, their page, and the way from training to scores."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch

from pipeline_lib.core.files import read_csv, read_json, read_jsonl, write_jsonl
from pipeline_lib.core.rows import row_key
from pipeline_lib.inference.sampling import Sampling, sample_dialogue
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.report.dialogue_samples import page as make_page
from stages import baselines, epoch_losses, generate, ngram_baselines, sample_dialogues, score
from tests.helpers import toys
from tests.helpers.dialogues import DRAWN, SETTINGS, THINGS, trained
from tests.helpers.pages import check_page
from tests.helpers.stages import refused, run_stage

pytest_plugins = ["tests.helpers.browser"]


@pytest.fixture(scope="module")
def made(tmp_path_factory, llama_folder) -> Path:
    """What training left: tests only read it."""
    return trained(tmp_path_factory.mktemp("talks"), llama_folder)


@pytest.fixture
def project(made, tmp_path) -> Path:
    shutil.copytree(made, tmp_path / "project")
    return tmp_path / "project"


def run(folder: Path) -> list[dict]:
    where = {"params": "params.yaml", "data": "split", "epochs": "epochs", "out": "out.jsonl", "page": "page.html"}
    printed = run_stage(sample_dialogues, **{name: folder / file for name, file in where.items()})
    assert printed.endswith(f"; open {folder / 'page.html'} in a browser\n")
    return read_jsonl(folder / "out.jsonl")


def without_learnt(turns: list[dict]) -> list[dict]:
    return [{"speaker": turn["speaker"], "text": turn["text"]} for turn in turns]


def test_each_epoch_goes_on_from_the_same_first_turns(project, llama_folder):
    found = run(project)
    base = locate(str(llama_folder))
    encoder = TranscriptEncoder(base, load_tokenizer(base))
    models = {0: load_causal(base, torch.float32)}
    models |= {epoch: load_trained(base, project / "epochs" / f"epoch-{epoch}", torch.float32) for epoch in (1, 2)}
    assert [(one["epoch"], one["prompt"]) for one in found] == [(at, name) for at in (0, 1, 2) for name in ("d5", "d6")]
    how = {"seed": 42, "turns": 3, "max_prompt": 120}
    for one in found:
        opening = [{"speaker": "Mia", "text": f"Shall we have {THINGS[int(one['prompt'][1])]}?"}]
        assert without_learnt(one["turns"][:1]) == opening
        (turns,) = sample_dialogue(models[one["epoch"]], encoder, [opening], Sampling(**DRAWN), **how)
        assert without_learnt(one["turns"]) == turns
    assert len({json.dumps([one["turns"] for one in found if one["epoch"] == epoch]) for epoch in (0, 1, 2)}) == 3
    assert (project / "page.html").read_text(encoding="utf-8") == make_page(found)
    first = [(project / name).read_bytes() for name in ("out.jsonl", "page.html")]
    run(project)
    assert [(project / name).read_bytes() for name in ("out.jsonl", "page.html")] == first, "the seed fixes it"


def test_fewer_prompts_than_dialogues_and_other_epochs(project, llama_folder):
    toys.write_params(project / "params.yaml", llama_folder, SETTINGS | {"sample": {"prompts": 1, "turns": 1, **DRAWN}})
    for old, new in (("2", "10"), ("1", "9")):
        (project / "epochs" / f"epoch-{old}").rename(project / "epochs" / f"epoch-{new}")
    assert [(one["epoch"], one["prompt"], len(one["turns"]) <= 2) for one in run(project)] == [
        (0, "d5", True), (9, "d5", True), (10, "d5", True),
    ]  # fmt: skip


def test_without_epochs_or_beginnings_it_is_one_line(project):
    shutil.rmtree(project / "epochs")
    refused(r"epochs holds no epochs: train again \(dvc repro\)$", run, project)
    write_jsonl(project / "split" / "validation.jsonl", [])
    refused(r"begins with validation dialogues, there are none: raise split\.validation$", run, project)
    assert not (project / "out.jsonl").exists()


def test_what_is_said_is_text_on_the_page_and_nothing_is_fetched():
    turns = [{"speaker": name, "text": '<script>alert(1)</script> & "quotes"'} for name in ("<i>", "Tom")]
    samples = [{"epoch": 0, "prompt": "a<b", "turns": turns[:1]}, {"epoch": 3, "prompt": "a<b", "turns": turns}]
    text = make_page(samples)
    assert "<script" not in text
    assert "<i>" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;") == 2
    assert "<h2>Dialogue <bdi>a&lt;b</bdi></h2>" in text
    assert re.findall(r"<h3>(.*)</h3>", text) == ["Before training", "Epoch 3"]
    assert text.count("It ends the dialogue at once.") == 1
    assert not re.search(r"https?:|src=|url\(|@import", text)
    assert "default-src 'none'" in text


def test_the_page_fits_every_width_and_can_be_used_by_all(page, tmp_path):
    turns = [{"speaker": name, "text": "word " * 9 + "x" * 99} for name in ("Mia", "Tom", "Mia")]
    samples = [{"epoch": epoch, "prompt": "d1", "turns": turns[: 1 + epoch]} for epoch in range(3)]
    (tmp_path / "page.html").write_text(make_page(samples), encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    check_page(page)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_from_training_to_score(tmp_path, kind, request):
    folder = trained(tmp_path, request.getfixturevalue(f"{kind}_folder"), {"epochs": 3, "patience": 2})
    where, predictions = {"params": folder / "params.yaml", "data": folder / "split"}, folder / "predictions"
    run_stage(generate, **where, out=predictions / "untrained")
    run_stage(generate, **where, out=predictions / "tuned", tuned=folder / "tuned")
    run_stage(baselines, **where, out=predictions / "baselines")
    run_stage(ngram_baselines, **where, out=predictions / "ngram_baselines")
    run_stage(score, **where, out=folder / "metrics", predictions=predictions)
    printed = run_stage(epoch_losses, record=folder / "training", out=folder / "e.json", table=folder / "e.csv")
    scores = read_json(folder / "metrics" / "scores.json")
    assert set(scores["baselines"]) == {"reply", "shuffled", "unigram", "trigram"}
    assert scores["headline"] == "relevance"
    assert scores["tuned"]["bits_per_byte"] < scores["untrained"]["bits_per_byte"], "it learns"
    assert scores["baselines"]["trigram"]["bits_per_byte"] < scores["baselines"]["unigram"]["bits_per_byte"]
    assert {"bits_per_byte", "ended"}.isdisjoint(scores["baselines"]["reply"])
    assert scores["baselines"]["reply"]["speaker"] == 1
    table = read_csv(folder / "metrics" / "rows.csv", ["id", "topic", "place", "tuned.relevance", "trigram.nats"])
    assert [row["id"] for row in table] == [row_key(row) for row in read_jsonl(folder / "split" / "test.jsonl")]
    assert list(read_json(folder / "e.json")["by_epoch"]) == ["1", "2", "3"]
    assert "Shall" not in (folder / "metrics" / "rows.csv").read_text(encoding="utf-8"), "no text of a row"
    assert "epoch 3: training loss " in printed


def test_the_validation_loss_is_that_of_the_turns_that_are_asked_for(project):
    (project / "split" / "test.jsonl").write_bytes((project / "split" / "validation.jsonl").read_bytes())
    rows = [row for row in read_csv(project / "training" / "history.csv", []) if row["split"] == "validation"]
    losses = {row["epoch"]: float(row["loss"]) for row in rows}
    where = {"params": project / "params.yaml", "data": project / "split"}
    for epoch in (1, 2):
        out = project / f"answers-{epoch}"
        run_stage(generate, **where, out=out, tuned=project / "epochs" / f"epoch-{epoch}")
        answers = read_jsonl(out / "test.jsonl")
        assert [row["id"] for row in answers] == ["d5.3", "d5.4", "d6.3", "d6.4"]
        loss = -sum(row["logp"] for row in answers) / sum(row["tokens"] for row in answers)
        assert loss == pytest.approx(losses[str(epoch)], rel=1e-4)
        assert all(isinstance(row["ended"], bool) for row in answers)
