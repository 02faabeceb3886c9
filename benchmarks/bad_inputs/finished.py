"""A finished run on toy models; its files edited, exchanged or cut, and what the next stage says of them; and models."""

import json
import shutil
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from benchmarks.bad_inputs import toys
from benchmarks.bad_inputs.case import Case, Check, as_csv, numbered, run_stage

_DATA = ("--data", "data/split")
_RUN = ("--metrics", "metrics", *_DATA, "--predictions", "predictions", "--record", "models/training", "--tuned",
        "models/tuned")  # fmt: skip
# The stages of a run, in order: name, and the arguments of each.
LANGUAGE: dict[str, tuple[str, ...]] = {
    "split": ("split", "--out", "data/split", "--metrics", "metrics/split.json"),
    "finetune": ("finetune", *_DATA, "--out", "models/tuned", "--record", "models/training"),
    "generate_untrained": ("generate", *_DATA, "--out", "predictions/untrained"),
    "generate_prompted": ("generate_prompted", *_DATA, "--out", "predictions/prompted"),
    "generate": ("generate", *_DATA, "--tuned", "models/tuned", "--out", "predictions/tuned"),
    "baselines": ("baselines", *_DATA, "--out", "predictions/baselines"),
    "score": ("score", *_DATA, "--predictions", "predictions", "--out", "metrics"),
    "report": ("report", *_RUN, "--page", "pages/report.html", "--summary", "REPORT.md", "--card", "models/card"),
    "preprocess_text": ("preprocess_text", "--out", "data/corpus"),
    "embed": ("embed", "--corpus", "data/corpus", "--out", "data/vectors.npy"),
    "pair_mine": ("pair_mine", "--corpus", "data/corpus", "--vectors", "data/vectors.npy", "--out", "data/pairs.csv"),
    "plot": ("plot", "--record", "models/training", "--corpus", "data/corpus", "--vectors", "data/vectors.npy", "--pairs",
             "data/pairs.csv", "--out", "plots", "--page", "pages/words.html"),
}  # fmt: skip
LABELS: dict[str, tuple[str, ...]] = {
    "split": LANGUAGE["split"],
    "finetune_classifier": ("finetune_classifier", *LANGUAGE["finetune"][1:]),
    "classify_untrained": ("classify", *LANGUAGE["generate_untrained"][1:]),
    "classify": ("classify", *LANGUAGE["generate"][1:]),
    "baselines": LANGUAGE["baselines"],
    "score": LANGUAGE["score"],
    "error_analysis": ("error_analysis", *_RUN, "--errors", "predictions/errors.csv", "--out", "metrics/results.json"),
}
PARAMS: dict[str, Any] = {
    "data": "mine.csv", "encoding": "auto", "task": "impression", "columns": {}, "seed": 1, "model": "toy",
    "revision": None, "trust_remote_code": False, "precision": "fp32", "method": "lora", "lr": 0.01, "epochs": 1,
    "batch_size": 8, "micro_batch_size": 8, "warmup_ratio": 0.0, "weight_decay": 0.0, "max_grad_norm": 1.0,
    "patience": None, "split": {"train": 24, "test": 8, "validation": 8, "near_duplicates": "allow"},
    "prompt": {"max_tokens": 200}, "generate": {"max_new_tokens": 4}, "lora": {"r": 2}, "memory": {}, "launch": {},
    "words": {"min_documents": 1, "names": "keep"}, "embed": {"method": "cooccurrence", "dimensions": 4}, "pairs": {},
}  # fmt: skip
_home = Path()  # of the finished runs: prepare sets it before processes are forked


def prepare(home: Path) -> None:
    """Run both pipelines on toy models into `home`; every case begins with a copy of one."""
    global _home
    _home = home
    for kind, stages in (("language", LANGUAGE), ("labels", LABELS)):
        folder = home / kind
        folder.mkdir(parents=True)
        (toys.write_language_model if kind == "language" else toys.write_encoder)(folder / "toy")
        params, rows, header = PARAMS, numbered(40), ("observation", "impression")
        if kind == "labels":
            params = params | {"task": "sentiment", "labels": {}, "max_tokens": 64, "classify": {}}
            rows, header = [(text, "good" if n % 2 else "bad") for n, (text, _) in enumerate(rows)], ("text", "label")
        (folder / "mine.csv").write_text(as_csv(rows, header), encoding="utf-8")
        (folder / "params.yaml").write_text(json.dumps(params), encoding="utf-8")
        for name, words in stages.items():
            ended = run_stage(folder, words)
            if ended.code:
                raise RuntimeError(f"{name} of the toy run fails: {ended.err}")


def copy(kind: str, folder: Path, *without: str) -> Path:
    """Copy a finished run into a folder, without what is named."""
    shutil.copytree(_home / kind, folder, dirs_exist_ok=True)
    for name in without:
        shutil.rmtree(folder / name)
    return folder


Edit = Callable[[Path], object]  # changes a file of the run


def text(old: str, new: str) -> Edit:
    """Return the edit that replaces the first `old`, which must be there."""

    def edit(path: Path) -> None:
        content = path.read_text(encoding="utf-8")
        if old not in content:
            raise RuntimeError(f"{path} has no {old!r}")
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return edit


def values(**change: Any) -> Edit:
    """Return the edit of an object of JSON; None takes a key out."""

    def edit(path: Path) -> None:
        content = json.loads(path.read_text(encoding="utf-8")) | change
        kept = {key: value for key, value in content.items() if value is not None or key not in change}
        path.write_text(json.dumps(kept), encoding="utf-8")

    return edit


def lines(change: Callable[[list[dict]], object]) -> Edit:
    """Return the edit of the objects of a file of JSON lines."""

    def edit(path: Path) -> None:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        change(rows)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    return edit


def content(given: bytes) -> Edit:
    """Return the edit that puts other bytes in place of a file's."""
    return lambda path: path.write_bytes(given)


def cut(path: Path) -> None:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def weights(change: Callable[[torch.Tensor], torch.Tensor], name: str = "") -> Edit:
    """Return the edit of all weights whose name has `name` in it."""

    def edit(path: Path) -> None:
        found = {key: change(value).contiguous() if name in key else value for key, value in load_file(path).items()}
        save_file(found, path, metadata={"format": "pt"})

    return edit


def instead(write: Edit) -> Edit:
    """Return the edit that removes a folder and puts something else in its place."""

    def edit(path: Path) -> None:
        shutil.rmtree(path)
        write(path)

    return edit


def at(name: str, inner: Edit) -> Edit:
    """Return the edit of a file of a folder."""
    return lambda path: inner(path / name)


def first(**change: Any) -> Edit:
    """Return the edit of the first of a file's objects; None takes a key out."""

    def edit(rows: list[dict]) -> None:
        changed = rows[0] | change
        rows[0] = {key: value for key, value in changed.items() if value is not None}

    return lines(edit)


DEEP = content(b"[" * 100_000 + b"]" * 100_000 + b"\n")
HUGE = content(b'{"id": ' + b"9" * 5000 + b"}\n")
_SPLIT, _TEST = "data/split/train.jsonl", "data/split/test.jsonl"
_TUNED, _BASE, _ADAPTER = (
    "predictions/tuned/test.jsonl",
    "models/tuned/base.json",
    "models/tuned/adapter_model.safetensors",
)
_PROMPTED = "predictions/prompted/test/prompted_3.jsonl"
# File, what is done to it, and the stage that reads it next; the line must hold the last, "" for the file's name.
TAMPERED: list[tuple[str, str, Edit, str, str]] = [
    ("cut in half", _SPLIT, cut, "finetune", ""),
    ("missing", _SPLIT, Path.unlink, "finetune", ""),
    ("empty", _SPLIT, content(b""), "finetune", ""),
    ("empty", _SPLIT, content(b""), "baselines", "training rows"),
    ("no JSON", _SPLIT, content(b"id,source\n1,a\n"), "finetune", ""),
    ("not UTF-8", _SPLIT, content(b'{"id": "\xff"}\n'), "finetune", ""),
    ("Parquet in its place", _SPLIT, content(b"PAR1\0\0\0\0PAR1"), "finetune", ""),
    ("deep JSON", _SPLIT, DEEP, "finetune", ""),
    ("a huge integer", _SPLIT, HUGE, "baselines", ""),
    ("a row without target", _SPLIT, first(target=None), "finetune", "target"),
    ("a row without source", _SPLIT, first(source=None), "baselines", "source"),
    ("a target that is a number", _SPLIT, first(target=7), "finetune", "target"),
    ("a source that is a list", _SPLIT, first(source=["a"]), "finetune", "source"),
    ("a row without id", _TEST, first(id=None), "generate", "id"),
    ("an id that is a number", _TEST, first(id=1), "score", "id"),
    ("an id twice", _TEST, lines(lambda rows: rows.append(rows[0])), "score", ""),
    ("a row more", _TEST, lines(lambda rows: rows.append(rows[0] | {"id": "new"})), "score", "new"),
    ("no rows", _TEST, content(b""), "generate", "test.jsonl"),
    ("no rows", _TEST, content(b""), "score", ""),
    ("cut in half", _TUNED, cut, "score", "tuned/test.jsonl"),
    ("missing", _TUNED, Path.unlink, "score", "tuned/test.jsonl"),
    ("deep JSON", _TUNED, DEEP, "score", "tuned/test.jsonl"),
    ("a row fewer", _TUNED, lines(lambda rows: rows.pop()), "score", "missing"),
    ("a row twice", _TUNED, lines(lambda rows: rows.append(rows[0])), "score", "twice"),
    ("another reference", _TUNED, first(reference="other"), "score", "reference"),
    ("a prediction that is null", _TUNED, lines(lambda rows: rows[0].update(prediction=None)), "score", "prediction"),
    ("a prediction that is a list", _TUNED, first(prediction=["a"]), "score", "prediction"),
    ("logp that is NaN", _TUNED, first(logp=float("nan")), "score", "logp"),
    ("logp above 0", _TUNED, first(logp=5.0), "score", "logp"),
    ("logp that is text", _TUNED, first(logp="-5"), "score", "logp"),
    ("no tokens", _TUNED, first(tokens=0), "score", "token"),
    ("ended that is text", _TUNED, first(ended="yes"), "score", "ended"),
    ("no JSON", "predictions/baselines/meanings.json", content(b"{"), "score", "meanings.json"),
    ("a list", "predictions/baselines/meanings.json", content(b"[]"), "score", "meanings.json"),
    ("a number as meaning", "predictions/baselines/meanings.json", values(majority=7), "score", "meanings.json"),
    ("missing", "predictions/baselines/meanings.json", Path.unlink, "score", "baseline"),
    ("no JSON", "predictions/prompted/meanings.json", content(b"{"), "score", "meanings.json"),
    ("missing", "predictions/prompted/meanings.json", Path.unlink, "score", "prompted"),
    ("missing", _PROMPTED, Path.unlink, "score", "prompted_3.jsonl"),
    ("a row fewer", _PROMPTED, lines(lambda rows: rows.pop()), "score", "missing"),
    ("another reference", _PROMPTED, first(reference="other"), "score", "reference"),
    ("logp above 0", _PROMPTED, first(logp=5.0), "score", "logp"),
    ("empty", _SPLIT, content(b""), "generate_prompted", "train"),
    ("a row without target", _SPLIT, first(target=None), "generate_prompted", "target"),
    ("no rows", _TEST, content(b""), "generate_prompted", "test.jsonl"),
    ("missing", _BASE, Path.unlink, "generate", "base.json"),
    ("cut in half", _BASE, cut, "generate", "base.json"),
    ("deep JSON", _BASE, DEEP, "generate", "base.json"),
    ("a list", _BASE, content(b"[]"), "generate", "base.json"),
    ("of another base model", _BASE, values(sha256="0" * 64), "generate", "trained on"),
    ("no sha256", _BASE, values(sha256=None), "generate", "sha256"),
    ("an unknown method", _BASE, values(method="magic"), "generate", "magic"),
    ("settings that are a text", _BASE, values(settings="x"), "report", "settings"),
    ("no settings", _BASE, values(settings={}), "report", "settings"),
    ("cut in half", _ADAPTER, cut, "generate", "models/tuned"),
    ("missing", _ADAPTER, Path.unlink, "generate", "models/tuned"),
    ("zeros", _ADAPTER, content(b"\0" * 999), "generate", "models/tuned"),
    ("weights of another shape", _ADAPTER, weights(lambda value: value[:, :1]), "generate", "shape"),
    ("weights that are NaN", _ADAPTER, weights(lambda value: value * float("nan")), "generate", "finite"),
    ("no JSON", "models/tuned/adapter_config.json", content(b"{"), "generate", "models/tuned"),
    ("an unknown kind", "models/tuned/adapter_config.json", values(peft_type="MAGIC"), "generate", "models/tuned"),
    ("a number in place of a text", "models/training/history.csv", text("train,", "train?,"), "report", "history.csv"),
    ("empty", "models/training/history.csv", content(b""), "report", "history.csv"),
    ("binary", "models/training/history.csv", content(bytes(range(256))), "plot", "history.csv"),
    ("no JSON", "metrics/scores.json", cut, "report", "scores.json"),
    ("no best baseline", "metrics/scores.json", values(best_baseline=None), "report", "best_baseline"),
    ("a best baseline that is a text", "metrics/scores.json", values(best_baseline="x"), "report", "best_baseline"),
    ("a best baseline that is not there", "metrics/scores.json", values(best_baseline={"name": "x"}), "report", "x"),
    ("of another number of rows", "metrics/scores.json", values(n=7), "report", "same run"),
    ("a headline that nobody defines", "metrics/scores.json", values(headline="x"), "report", "headline"),
    ("no gain", "metrics/scores.json", values(gain=7), "report", "gain"),
    ("deep JSON", "metrics/scores.json", DEEP, "report", "scores.json"),
    ("no metrics", "metrics/definitions.json", values(metrics=7), "report", "definitions.json"),
    ("missing", "metrics/rows.csv", Path.unlink, "report", "rows.csv"),
    ("a cell that is no number", "metrics/rows.csv", lambda path: _cell(path, "x", "tuned.rougeL"), "report", "rows.csv"),
    ("a cell that is NaN", "metrics/rows.csv", lambda path: _cell(path, "nan", "tuned.rougeL"), "report", "rows.csv"),
    ("cut in half", "metrics/rows.csv", cut, "report", ""),
    ("a list", "metrics/split.json", content(b"[]"), "report", "split.json"),
    ("an object of nothing", "metrics/split.json", content(b"{}"), "report", "split.json"),
    ("a cell that is no number", "data/corpus/vocabulary.csv", lambda path: _cell(path, "x", "count"), "embed", "vocabulary.csv"),
    ("missing", "data/corpus/vocabulary.csv", Path.unlink, "embed", "vocabulary.csv"),
    ("cut in half", "data/corpus/sentences.jsonl", cut, "embed", "sentences.jsonl"),
    ("deep JSON", "data/corpus/sentences.jsonl", DEEP, "embed", "sentences.jsonl"),
    ("cut in half", "data/vectors.npy", cut, "pair_mine", "vectors.npy"),
    ("a pickle", "data/vectors.npy", lambda path: np.save(path, np.array([{}], dtype=object)), "pair_mine", "vectors.npy"),
    ("of other words", "data/vectors.npy", lambda path: np.save(path, np.ones((3, 4), np.float32)), "pair_mine", "3"),
    ("NaN", "data/vectors.npy", lambda path: np.save(path, np.load(path) * np.float32("nan")), "pair_mine", "finite"),
    ("whole numbers", "data/vectors.npy", lambda path: np.save(path, np.load(path).astype(int)), "pair_mine", "vectors.npy"),
    ("a header less", "data/pairs.csv", text("cosine", "sine"), "plot", "cosine"),
    ("a word that is not in the vocabulary", "data/pairs.csv", lambda path: _cell(path, "zzz", "left"), "plot", "zzz"),
]  # fmt: skip
TAMPERED_LABELS: list[tuple[str, str, Edit, str, str]] = [
    ("a label that no training row has", _TEST, first(target="great"), "score", "reference"),
    ("no labels", _SPLIT, lines(lambda rows: [row.pop("labels") for row in rows]), "finetune_classifier", "labels"),
    ("a label that is not in labels", _SPLIT, first(target="great"), "finetune_classifier", "great"),
    ("no labels", _BASE, values(labels=None), "classify", "labels"),
    ("labels that are numbers", _BASE, values(labels=[0, 1]), "classify", "labels"),
    ("one label fewer", _BASE, values(labels=["bad"]), "classify", "models/tuned"),
    ("a head that is missing", _ADAPTER, lambda path: _without(path, "classifier"), "classify", "models/tuned"),
    ("no probabilities", _TUNED, first(probabilities=None), "score", "probabilities"),
    ("probabilities of other labels", _TUNED, first(probabilities={"x": 1.0}), "score", "probability"),
    ("probabilities that are text", _TUNED, first(probabilities={"bad": "1", "good": "0"}), "score", "probability"),
    ("a prediction that is no label", _TUNED, first(prediction="great"), "score", "great"),
]  # fmt: skip


def _cell(path: Path, value: str, column: str) -> None:
    """Put a value into a column of the first row."""
    head, line, *rest = path.read_text(encoding="utf-8").split("\n")
    cells = line.split(",")
    cells[head.split(",").index(column)] = value
    path.write_text("\n".join([head, ",".join(cells), *rest]), encoding="utf-8")


def _without(path: Path, name: str) -> None:
    save_file({key: value for key, value in load_file(path).items() if name not in key}, path, {"format": "pt"})


def edited(file: str, edit: Edit, kind: str = "language") -> Edit:
    """Return what copies a finished run into a folder and edits one of its files there."""
    return lambda folder: edit(copy(kind, folder) / file)


def tampered() -> list[Case]:
    """Return the cases of files of our own that were tampered with."""
    cases = []
    for kind, stages, listed in (("language", LANGUAGE, TAMPERED), ("labels", LABELS, TAMPERED_LABELS)):
        for name, file, edit, stage, says in listed:
            title = f"{file} for {stage}: {name}"
            cases.append(
                Case(title, edited(file, edit, kind), says or Path(file).name, stage=stages[stage], outs=outs_of(stage))
            )
    return cases


def outs_of(stage: str) -> tuple[str, ...]:
    """Return what a stage of the runs above may write."""
    words = (LANGUAGE | LABELS)[stage]
    names = {"--out", "--record", "--page", "--summary", "--card", "--errors"}
    if stage == "split":
        names.add("--metrics")  # other stages read it
    return tuple(after for word, after in pairwise(words) if word in names)


def models() -> list[Case]:
    """Return models that cannot be what the params file says they are."""
    faults: list[tuple[str, Edit, str]] = [
        ("the folder is missing", shutil.rmtree, "toy"),
        ("the folder is empty", instead(Path.mkdir), "toy"),
        ("a file in its place", instead(Path.touch), "is a file"),
        ("a link to nowhere", instead(lambda path: path.symlink_to("gone")), "link to gone"),
        ("a BERT as language model", instead(toys.write_encoder), "encoder (bert)"),
        ("no config.json", at("config.json", Path.unlink), "toy"),
        ("config.json is no JSON", at("config.json", cut), "config.json"),
        ("config.json is deep", at("config.json", DEEP), "config.json"),
        ("an unknown model_type", at("config.json", values(model_type="lama")), "lama"),
        ("no attention heads", at("config.json", values(num_attention_heads=0)), "config.json"),
        ("a vocabulary too small", at("model.safetensors", weights(lambda v: v[:250], "embed_tokens")), "toy"),
        ("config.json with a smaller vocabulary", at("config.json", values(vocab_size=250)), "tokenizer"),
        ("config.json with another width", at("config.json", values(hidden_size=64)), "toy"),
        ("weights cut in half", at("model.safetensors", cut), "toy"),
        ("weights that are zeros", lambda path: (path / "model.safetensors").write_bytes(b"\0" * 9999), "toy"),
        ("weights that are missing", at("model.safetensors", Path.unlink), "safetensors"),
        ("a layer that is missing", lambda path: _without(path / "model.safetensors", "layers.1"), "toy"),
        ("weights that are pickled", lambda path: (path / "model.safetensors").rename(path / "pytorch_model.bin"), "pickled"),
        ("weights that are NaN", at("model.safetensors", weights(lambda v: v * float("nan"), "norm")), "finite"),
        ("no tokenizer", lambda path: deque(map(Path.unlink, list(path.glob("tokenizer*"))), 0), "tokenizer"),
        ("tokenizer.json is cut", at("tokenizer.json", cut), "tokenizer"),
        ("tokenizer_config.json is a list", at("tokenizer_config.json", content(b"[]")), "tokenizer"),
        ("no end-of-text token", at("tokenizer_config.json", values(eos_token=None, pad_token=None)), "eos_token"),
        ("a chat template that raises", lambda path: (path / "chat_template.jinja").write_text("{{ raise_exception('no') }}"), "chat template"),
        ("a chat template with a mistake", lambda path: (path / "chat_template.jinja").write_text("{% for %}"), "chat template"),
        ("an adapter in its place", instead(lambda path: shutil.copytree(path.parent / "models/tuned", path)), "adapter"),
    ]  # fmt: skip
    cases = []
    for stage in ("finetune", "generate_untrained"):
        for name, edit, says in faults:
            cases.append(
                Case(f"{stage}: {name}", edited("toy", edit), says, stage=LANGUAGE[stage], outs=outs_of(stage))
            )
    names = {
        "a typing mistake": ("smollm2-135m-instrukt", "smollm2-135m-instruct"), "a Hub id without network": ("no-such/model-of-mine", "no-such/model-of-mine"),
        "an empty name": ("", "model"), "a name with a space": ("my model", "my model"), "a path that is missing": ("./models/none", "models/none"),
        "a path of a home": ("~/none", "none"), "a URL": ("https://example.org/model", "example.org"),
    }  # fmt: skip
    for name, (model, says) in names.items():
        named = edited("params.yaml", values(model=model))
        cases.append(Case(f"model: {name}", named, says, stage=LANGUAGE["finetune"], outs=outs_of("finetune")))
    settings: dict[str, tuple[dict[str, Any], str]] = {
        "a layer that the model has not": ({"lora": {"target_modules": ["none"]}}, "none"),
        "a prompt longer than the model reads": ({"prompt": {"max_tokens": 100_000}}, "max_tokens"),
        "an answer longer than the model reads": ({"generate": {"max_new_tokens": 5000}}, "max_new_tokens"),
        "a prompt too short for the task's words": ({"prompt": {"max_tokens": 16}}, "max_tokens"),
        "a learning rate that breaks the model": ({"lr": 1.0, "epochs": 20, "max_grad_norm": 1e30}, "lr"),
    }  # fmt: skip
    for name, (change, says) in settings.items():
        stage = "generate" if "generate" in change else "finetune"
        changed = edited("params.yaml", values(**change))
        check: Check | None = (lambda folder: "") if "breaks" in name or "prompt longer" in name else None
        cases.append(Case(f"{stage}: {name}", changed, says, check, stage=LANGUAGE[stage], outs=outs_of(stage)))
    llama = partial(_swap, "labels", toys.write_language_model)
    return [
        *cases,
        Case(
            "finetune_classifier: a language model as encoder",
            llama,
            "not an encoder",
            stage=LABELS["finetune_classifier"],
        ),
    ]


def _swap(kind: str, write: Callable[[Path], object], folder: Path) -> None:
    shutil.rmtree(copy(kind, folder) / "toy")
    write(folder / "toy")
