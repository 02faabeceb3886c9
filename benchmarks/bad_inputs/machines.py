"""Plans, several processes and less memory: settings that do not fit, and models that cannot be planned."""

from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.bad_inputs import toys
from benchmarks.bad_inputs.case import Case, Check
from benchmarks.bad_inputs.finished import DEEP, LABELS, LANGUAGE, Edit, at, copy, cut, edited, instead, outs_of, values

CONFIG = "accelerate.yaml"
PLAN = ("plan", "--data", "data/split", "--model", "toy")


def machines() -> list[Case]:
    """Return the cases of settings that a machine decides about, and of plans."""
    return [*_settings(), *_plans()]


def _settings() -> list[Case]:
    full, rounded, two = {"method": "full"}, {"quantization": "nf4"}, {"processes": 2}
    listed: list[tuple[str, str, dict[str, Any], str]] = [
        ("nf4 without bitsandbytes", "finetune", {"memory": rounded}, "bitsandbytes"),
        ("int8 with method full", "finetune", {"memory": {"quantization": "int8"}} | full, "method"),
        ("nf4 of an encoder", "finetune_classifier", {"memory": rounded}, "quantization"),
        ("5 bits", "finetune", {"memory": {"quantization": "int5"}}, "memory.quantization"),
        ("a config file beside processes", "finetune", {"launch": two | {"config": CONFIG}}, "remove one"),
    ]
    listed += [
        (f"{said} as config file", stage, {"launch": {"config": name}}, name)
        for stage in ("finetune", "generate", "finetune_classifier")
        for name, said in (("none.yaml", "a missing file"), ("data", "a folder"))
    ]
    cases = []
    for name, stage, change, says in listed:

        def change_params(folder: Path, stage: str = stage, change: dict[str, Any] = change) -> None:
            kind = "labels" if stage in LABELS and stage not in LANGUAGE else "language"
            values(**change)(copy(kind, folder) / "params.yaml")
            (folder / CONFIG).write_text("num_processes: 2\n", encoding="utf-8")

        # Where bitsandbytes is installed the run is a good one.
        check: Check | None = (lambda folder: "") if "without bitsandbytes" in name else None
        words = (LANGUAGE | LABELS)[stage]
        cases.append(Case(f"{stage}: {name}", change_params, says, check, stage=words, outs=outs_of(stage)))
    texts = {
        "not YAML": ("distributed_type: [", CONFIG), "a list": ("- 1", CONFIG), "empty": ("", CONFIG),
        "FSDP": ("distributed_type: FSDP\nnum_processes: 2", "FSDP"), "DeepSpeed": ("distributed_type: DEEPSPEED", "DEEPSPEED"),
        "two processes of one": ("distributed_type: 'NO'\nnum_processes: 2", "launch"), "an unknown key": ("surprise: 1", CONFIG),
    }  # fmt: skip
    for name, (text, says) in texts.items():

        def with_config(folder: Path, text: str = text) -> None:
            values(launch={"config": CONFIG})(copy("language", folder) / "params.yaml")
            (folder / CONFIG).write_text(text, encoding="utf-8")

        title = f"finetune: a config file of accelerate: {name}"
        cases.append(Case(title, with_config, says, stage=LANGUAGE["finetune"], outs=outs_of("finetune")))
    return cases


def _plans() -> list[Case]:
    t5 = values(model_type="t5", is_encoder_decoder=True, architectures=["T5ForConditionalGeneration"])
    faults: list[tuple[str, Edit, str]] = [
        ("no config.json", at("config.json", Path.unlink), "config.json"),
        ("config.json is cut", at("config.json", cut), "config.json"),
        ("config.json is deep", at("config.json", DEEP), "config.json"),
        ("an unknown model_type", at("config.json", values(model_type="lama")), "lama"),
        ("no attention heads", at("config.json", values(num_attention_heads=0)), "config.json"),
        ("an encoder with a decoder", at("config.json", t5), "decoder"),
        ("a BERT as language model", instead(toys.write_encoder), "encoder (bert)"),
        ("weights that are missing", at("model.safetensors", Path.unlink), ""),
        ("a training file that is cut", lambda toy: cut(toy.parent / "data/split/train.jsonl"), "train.jsonl"),
        ("no split", lambda toy: (toy.parent / "data/split/train.jsonl").unlink(), ""),
    ]
    cases = []
    for name, edit, says in faults:
        check: Check | None = None if says else lambda folder: ""
        cases.append(Case(f"plan: {name}", edited("toy", edit), says or None, check, stage=PLAN, outs=()))
    words: dict[str, tuple[tuple[str, ...], str]] = {
        "a model that is nowhere": (("--model", "nowhere"), "nowhere"),
        "a Hub id without network": (("--model", "no-such/model-of-mine"), "no-such/model-of-mine"),
        "one step": (("--steps", "1"), "--steps"), "steps below zero": (("--steps", "-3"), "--steps"),
        "steps without a split": (("--steps", "2", "--data", "none"), "none"), "a row of no grid": (("--row", "low"), "low"),
    }  # fmt: skip
    plain = partial(copy, "language")
    return [*cases, *(Case(f"plan: {name}", plain, says, stage=(*PLAN, *w)) for name, (w, says) in words.items())]
