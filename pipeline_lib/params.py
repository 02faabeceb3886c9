"""The params file: YAML 1.2, every key known, every value in range, and a stage sees only what it declares."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline_lib.core.errors import UserError, did_you_mean

_NUMBER = (float, int)


@dataclass(frozen=True)
class Rule:
    """What one parameter may be: a type, and a range or a list of choices."""

    kind: type | tuple[type, ...]
    least: float | None = None
    most: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: Any, where: str) -> None:
        """Raise UserError unless `value` is of the kind and in the range."""
        kinds = self.kind if isinstance(self.kind, tuple) else (self.kind,)
        wanted = "a number" if kinds == _NUMBER else " or ".join(_WORDS[kind] for kind in kinds)
        # bool is an int to Python, never to a person.
        if (isinstance(value, bool) and bool not in kinds) or not isinstance(value, kinds):
            shown = "nothing" if value is None else repr(value)
            raise UserError(f"{name} must be {wanted}, {where} has {shown}: write {name}: {self.example()}")
        if self.choices and isinstance(value, str) and value not in self.choices:
            hint = did_you_mean(value, self.choices)
            raise UserError(f"{name} must be one of {', '.join(self.choices)}, {where} has {value!r}{hint}")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            low = (self.least is not None and value < self.least) or (self.above is not None and value <= self.above)
            high = self.most is not None and value > self.most
            if low or high or value != value:
                raise UserError(f"{name} must be {self.range()}, {where} has {value}: change {name} there")

    def range(self) -> str:
        """Return the range in words: "above 0 and at most 1"."""
        parts = []
        if self.above is not None:
            parts.append(f"above {self.above:g}")
        if self.least is not None:
            parts.append(f"at least {self.least:g}")
        if self.most is not None:
            parts.append(f"at most {self.most:g}")
        return " and ".join(parts)

    def example(self) -> str:
        """Return a value that would do, as it is written in YAML."""
        if self.choices:
            return self.choices[0]
        kind = self.kind[0] if isinstance(self.kind, tuple) else self.kind
        if kind in (int, float):
            low = self.least if self.least is not None else (self.above or 0) + 1
            return "0.0002" if kind is float else f"{max(low, 1):g}"
        return {bool: "true", str: "text", dict: "{name: header}", list: "[name]"}[kind]


_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    dict: "a mapping",
    list: "a list",
    type(None): "null",
}

# Every key a params file may hold. The unit of each is a comment in params.yaml, beside the value.
RULES: dict[str, Rule] = {
    "data": Rule(str),
    "columns": Rule(dict),
    "off_topic": Rule(str),
    "task": Rule(str),
    "model": Rule(str),
    "revision": Rule((str, type(None))),
    "trust_remote_code": Rule(bool),
    "seed": Rule(int, least=0, most=2**32 - 1),
    "precision": Rule(str, choices=("auto", "fp32", "bf16", "fp16")),
    "method": Rule(str, choices=("lora", "full")),
    "lr": Rule(_NUMBER, above=0, most=1),
    "epochs": Rule(int, least=1, most=1000),
    "batch_size": Rule(int, least=1, most=4096),
    "micro_batch_size": Rule(int, least=1, most=4096),
    "warmup": Rule(_NUMBER, least=0, most=1),
    "weight_decay": Rule(_NUMBER, least=0, most=1),
    "clip": Rule(_NUMBER, above=0),
    "patience": Rule((int, type(None)), least=1),
    "split.train": Rule(int, least=1),
    "split.test": Rule(int, least=1),
    "split.validation": Rule(int, least=0),
    "split.duplicates": Rule(str, choices=("keep", "drop")),
    "split.incomplete": Rule(str, choices=("fail", "drop")),
    "split.near_duplicates": Rule(str, choices=("group", "fail", "allow")),
    "split.contained": Rule(str, choices=("group", "allow")),
    "split.min_words": Rule(int, least=0),
    "split.unsupported": Rule(str, choices=("keep", "drop")),
    "dialogue.train_on": Rule(str),
    "dialogue.turns_asked": Rule(int, least=1),
    "max_tokens": Rule(int, least=8),
    "wordnet": Rule(str),
    "multiple_choice.data": Rule(str),
    "multiple_choice.limit": Rule((int, type(None)), least=2),
    "prompt.max_tokens": Rule(int, least=16),
    "prompt.few_shot": Rule(int, least=0, most=100),
    "prompt.share_prefix": Rule(int, least=1, most=1000),
    "lora.r": Rule(int, least=1, most=1024),
    "lora.alpha": Rule(int, least=1, most=4096),
    "lora.dropout": Rule(_NUMBER, least=0, most=0.9),
    "lora.target_modules": Rule((str, list)),
    "generate.max_new_tokens": Rule(int, least=1, most=8192),
    "generate.batch_size": Rule(int, least=1, most=4096),
    "classify.batch_size": Rule(int, least=1, most=65536),
    "classify.batch_size": Rule(int, least=1, most=65536),
    "sample.prompts": Rule(int, least=1),
    "sample.turns": Rule(int, least=1),
    "sample.max_new_tokens": Rule(int, least=1, most=8192),
    "sample.temperature": Rule(_NUMBER, least=0, most=10),
    "sample.top_k": Rule(int, least=0),
    "sample.top_p": Rule(_NUMBER, above=0, most=1),
    "sample.repetition_penalty": Rule(_NUMBER, least=1, most=10),
    "words.form": Rule(str, choices=("lemma", "stem", "word")),
    "words.min_documents": Rule(int, least=1),
    "words.min_letters": Rule(int, least=1, most=50),
    "embed.method": Rule(str, choices=("encoder", "encoder_context", "model", "cooccurrence")),
    "embed.model": Rule(str),
    "embed.revision": Rule((str, type(None))),
    "embed.batch_size": Rule(int, least=1, most=65536),
    "embed.sentences": Rule(int, least=1, most=100000),
    "embed.layer": Rule(int, least=-1000, most=1000),
    "embed.window": Rule(int, least=1, most=1000),
    "embed.dimensions": Rule(int, least=2, most=4096),
    "embed.isotropy": Rule(str, choices=("none", "mean", "top", "whiten")),
    "pairs.top": Rule(int, least=1, most=100000),
    "pairs.kind": Rule(str, choices=("any", "substitutes", "companions")),
    "pairs.block": Rule(int, least=1, most=65536),
}
# What other tools call a parameter of ours.
ALSO_CALLED = {
    "learning_rate": "lr",
    "num_train_epochs": "epochs",
    "num_epochs": "epochs",
    "per_device_train_batch_size": "micro_batch_size",
    "gradient_accumulation_steps": "batch_size",
    "model_name_or_path": "model",
    "max_grad_norm": "clip",
    "early_stopping_patience": "patience",
    "warmup_ratio": "warmup",
    "max_length": "max_tokens",
    "max_seq_length": "max_tokens",
    "max_new_tokens": "generate.max_new_tokens",
    "lora_alpha": "lora.alpha",
    "lora_dropout": "lora.dropout",
}
# What a row of grid, a named setting of training, may set. Each has its rule above.
GRID = ("lr", "epochs", "batch_size", "micro_batch_size", "warmup", "weight_decay", "clip", "patience")
GROUPS = tuple(sorted({name.split(".")[0] for name in RULES if "." in name}))


def load_params(path: str | Path) -> dict[str, Any]:
    """Return the whole params file, checked.

    Raises UserError for a missing or broken file, an unknown key (with the nearest right one), a value of
    the wrong type or out of range.
    """
    source = Path(path)
    if not source.is_file():
        raise UserError(f"params file {path} is missing: run from the project's folder, or name it with --params")
    try:
        # YAML 1.2 reads the 1e-05 that `dvc exp run -S lr=1e-5` writes as a number; PyYAML's 1.1 as text.
        content = YAML(typ="safe", pure=True).load(StringIO(source.read_text(encoding="utf-8")))
    except (YAMLError, ValueError) as error:  # ValueError: no UTF-8, or a date that is none
        raise UserError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} must be a mapping of names to values, like lr: 0.0002")
    for name, value in content.items():
        if name == "grid":
            _check_grid(value, path)
        elif name in GROUPS:
            if not isinstance(value, dict):
                raise UserError(f"{name} must be a mapping in {path}, like {name}: {_group_example(name)}")
            for key, inner in value.items():
                _check(f"{name}.{key}", inner, path)
        else:
            _check(str(name), value, path)
    return content


def read_params(path: str | Path, names: Iterable[str], row: str | None = None) -> dict[str, Any]:
    """Return the parameters in `names` (top-level keys) and no others, checked.

    With `row`, what that row of grid sets counts in place of the key of that name. Raises UserError as load_params
    does, and when one of `names`, a key of a group or the row is not in the file.
    """
    content = load_params(path)
    if row is not None:
        grid = content.get("grid", {})
        if row not in grid:
            raise UserError(
                f"grid in {path} has no row {row!r}{did_you_mean(row, tuple(grid))}: it has {', '.join(grid) or 'none'}"
            )
        content |= grid[row]
    picked = {}
    for name in names:
        if name == "grid":
            if name not in content:
                raise UserError(f"{path} has no grid: add it, for example grid: {{gentle: {{lr: 0.0002, epochs: 2}}}}")
            picked[name] = content[name]
            continue
        wanted = [rule for rule in RULES if rule == name or rule.startswith(f"{name}.")]
        if not wanted:
            raise KeyError(f"{name} is declared by a stage, but has no rule in pipeline_lib.params")
        for rule in wanted:
            if "." in rule and rule.split(".")[1] not in content.get(name, {}):
                raise UserError(f"{path} has no {rule}: add it, for example {rule}: {RULES[rule].example()}")
        if name not in content:
            raise UserError(f"{path} has no {name}: add it, for example {name}: {RULES[name].example()}")
        picked[name] = content[name]
    return picked


def _check(name: str, value: Any, path: str | Path) -> None:
    if name not in RULES:
        other = ALSO_CALLED.get(name)
        hint = f" (did you mean {other}?)" if other else did_you_mean(name, tuple(RULES))
        raise UserError(f"unknown parameter {name} in {path}{hint}: remove it or mend its name")
    RULES[name].check(name, value, str(path))


def _check_grid(grid: Any, path: str | Path) -> None:
    if not isinstance(grid, dict) or not grid:
        raise UserError(f"grid must be a mapping of names to settings in {path}, like grid: {{gentle: {{lr: 0.0002}}}}")
    for row, settings in grid.items():
        if not isinstance(row, str) or not re.fullmatch(r"[A-Za-z][\w-]*", row):
            raise UserError(f"a row of grid must have a name of letters, {path} has {row!r}: call it gentle, say")
        if not isinstance(settings, dict) or not settings:
            raise UserError(f"grid.{row} must be a mapping in {path}, like {row}: {{lr: 0.0002, epochs: 2}}")
        for key, value in settings.items():
            if key not in GRID:
                raise UserError(
                    f"a row of grid can set {', '.join(GRID)}, grid.{row} in {path} has {key}"
                    f"{did_you_mean(str(key), GRID)}: take it out, or set it for all rows"
                )
            RULES[key].check(f"grid.{row}.{key}", value, str(path))


def _group_example(group: str) -> str:
    first = next(name for name in RULES if name.startswith(f"{group}."))
    return "{" + f"{first.split('.')[1]}: {RULES[first].example()}" + "}"
