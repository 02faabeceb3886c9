"""The stage sample_dialogues on a toy: dialogues of each epoch, their page, and the way from training to scores."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch

from pipeline_lib.core.files import read_csv, read_json, read_jsonl, write_jsonl
from pipeline_lib.inference.sampling import Sampling, sample_dialogue
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.lora import load_trained
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.report.dialogue_samples import page
from stages import baselines, epoch_losses, generate, ngram_baselines, sample_dialogues, score
from tests.helpers import toys
from tests.helpers.dialogues import DRAWN, SETTINGS, THINGS, trained
from tests.helpers.stages import refused


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
    sample_dialogues.main([f"--{name}={folder / file}" for name, file in where.items()])
    return read_jsonl(folder / "out.jsonl")


def without_learnt(turns: list[dict]) -> list[dict]:
    return [{"speaker": turn["speaker"], "text": turn["text"]} for turn in turns]


def test_each_epoch_goes_on_from_the_same_first_turns(project, llama_folder, capsys):
    found = run(project)
    base = locate(str(llama_folder))
    encoder = TranscriptEncoder(base, load_tokenizer(base))
    models = {0: load_causal(base, torch.float32)}
    models |= {epoch: load_trained(base, project / "epochs" / f"epoch-{epoch}", torch.float32) for epoch in (1, 2)}
    assert [(one["epoch"], one["prompt"]) for one in found] == [(at, name) for at in (0, 1, 2) for name in ("d5", "d6")]
    for one in found:
        opening = [{"speaker": "Mia", "text": f"Shall we have {THINGS[int(one['prompt'][1])]}?"}]
        assert without_learnt(one["turns"][:1]) == opening
        (turns,) = sample_dialogue(
            models[one["epoch"]], encoder, [opening], Sampling(**DRAWN), seed=42, turns=3, max_prompt=120
        )
        assert without_learnt(one["turns"]) == turns
    assert len({json.dumps([one["turns"] for one in found if one["epoch"] == epoch]) for epoch in (0, 1, 2)}) == 3
    assert capsys.readouterr().out == (
        f"6 dialogues of 2 prompts and 2 epochs; open {project / 'page.html'} in a browser\n"
    )
    text = (project / "page.html").read_text(encoding="utf-8")
    assert text == page(found)
    first = [(project / name).read_bytes() for name in ("out.jsonl", "page.html")]
    run(project)
    assert [(project / name).read_bytes() for name in ("out.jsonl", "page.html")] == first, "the seed fixes it"


def test_fewer_prompts_than_dialogues(project, llama_folder):
    toys.write_params(project / "params.yaml", llama_folder, SETTINGS | {"sample": {"prompts": 1, "turns": 1, **DRAWN}})
    assert [(one["epoch"], one["prompt"], len(one["turns"]) <= 2) for one in run(project)] == [
        (0, "d5", True), (1, "d5", True), (2, "d5", True),
    ]  # fmt: skip


def test_epochs_are_called_what_their_folders_are(project):
    (project / "epochs" / "epoch-2").rename(project / "epochs" / "epoch-10")
    (project / "epochs" / "epoch-1").rename(project / "epochs" / "epoch-9")
    assert [one["epoch"] for one in run(project)] == [0, 0, 9, 9, 10, 10]


def test_without_epochs_or_beginnings_it_is_one_line(project):
    shutil.rmtree(project / "epochs")
    refused(r"epochs holds no epochs: train again \(dvc repro\)$", run, project)
    write_jsonl(project / "split" / "validation.jsonl", [])
    refused(r"begins with validation dialogues, there are none: raise split\.validation$", run, project)
    assert not (project / "out.jsonl").exists()


def test_what_is_said_is_text_on_the_page_and_nothing_is_fetched():
    bad = '<script>alert(1)</script> & "quotes"'
    told = [
        {"epoch": 0, "prompt": "a<b", "turns": [{"speaker": "<i>", "text": bad}]},
        {"epoch": 3, "prompt": "a<b", "turns": [{"speaker": "<i>", "text": bad}, {"speaker": "Tom", "text": bad}]},
    ]
    text = page(told)
    assert "<script" not in text
    assert "<i>" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;") == 2
    assert "<h2>Dialogue a&lt;b</h2>" in text
    assert re.findall(r"<h3>(.*)</h3>", text) == ["Before training", "Epoch 3"]
    assert text.count("It ends the dialogue at once.") == 1
    assert not re.search(r"https?:|src=|url\(|@import", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_from_training_to_score(tmp_path, kind, request, capsys):
    folder = trained(tmp_path, request.getfixturevalue(f"{kind}_folder"), {"epochs": 3, "patience": 2})
    params, split = f"--params={folder / 'params.yaml'}", f"--data={folder / 'split'}"
    generate.main([params, split, f"--out={folder / 'predictions' / 'untrained'}"])
    generate.main([params, split, f"--tuned={folder / 'tuned'}", f"--out={folder / 'predictions' / 'tuned'}"])
    baselines.main([params, split, f"--out={folder / 'predictions' / 'baselines'}"])
    ngram_baselines.main([params, split, f"--out={folder / 'predictions' / 'ngram_baselines'}"])
    score.main([params, split, f"--predictions={folder / 'predictions'}", f"--out={folder / 'metrics'}"])
    record = f"--record={folder / 'training'}"
    epoch_losses.main([record, f"--out={folder / 'e.json'}", f"--table={folder / 'e.csv'}"])
    scores = read_json(folder / "metrics" / "scores.json")
    assert set(scores["baselines"]) == {"reply", "shuffled", "unigram", "trigram"}
    assert scores["headline"] == "relevance"
    assert scores["tuned"]["bits_per_byte"] < scores["untrained"]["bits_per_byte"], "it learns"
    assert scores["baselines"]["trigram"]["bits_per_byte"] < scores["baselines"]["unigram"]["bits_per_byte"]
    assert {"bits_per_byte", "ended"}.isdisjoint(scores["baselines"]["reply"])
    assert scores["baselines"]["reply"]["speaker"] == 1
    table = read_csv(folder / "metrics" / "rows.csv", ["id", "topic", "place", "tuned.relevance", "trigram.nats"])
    assert [row["id"] for row in table] == [row["id"] for row in read_jsonl(folder / "split" / "test.jsonl")]
    assert list(read_json(folder / "e.json")["by_epoch"]) == ["1", "2", "3"]
    assert "Shall" not in (folder / "metrics" / "rows.csv").read_text(encoding="utf-8"), "no text of a row"
    assert "epoch 3: training loss " in capsys.readouterr().out


def test_the_validation_loss_is_that_of_the_turns_that_are_asked_for(project):
    (project / "split" / "test.jsonl").write_bytes((project / "split" / "validation.jsonl").read_bytes())
    losses = {
        row["epoch"]: float(row["loss"])
        for row in read_csv(project / "training" / "history.csv", [])
        if row["split"] == "validation"
    }
    for epoch in (1, 2):
        out = project / f"answers-{epoch}"
        generate.main([
            f"--params={project / 'params.yaml'}", f"--data={project / 'split'}", f"--out={out}",
            f"--tuned={project / 'epochs' / f'epoch-{epoch}'}",
        ])  # fmt: skip
        rows = read_jsonl(out / "test.jsonl")
        assert [row["id"] for row in rows] == ["d5.3", "d5.4", "d6.3", "d6.4"]
        loss = -sum(row["logp"] for row in rows) / sum(row["tokens"] for row in rows)
        assert loss == pytest.approx(losses[str(epoch)], rel=1e-4)
        assert all(isinstance(row["ended"], bool) for row in rows)
