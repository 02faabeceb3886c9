"""A trained classifier as a Python object that labels texts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.run_files import IDENTITY, read_identity
from pipeline_lib.models.classifier import probabilities
from pipeline_lib.models.configuration import read_config
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import Base, load_classifier, load_tokenizer, locate
from pipeline_lib.models.lora import load_base, load_trained, merge
from pipeline_lib.models.text_encoder import context_length, encode_texts
from pipeline_lib.models.usage import data_of
from pipeline_lib.prediction.devices import device_named
from pipeline_lib.prediction.input_rows import Row, rows_of_python


class SentimentAnalyzer:
    """A classifier in float32 with its `labels`, which reads `max_tokens` tokens of a text.

    A text is read as in training: white space around it is removed, and a text longer than `max_tokens` is cut at its
    end. An empty text is only the special tokens, and its label is the one the model prefers without any input: leave
    such texts out if that is of no use. The same text has the same probabilities, to 1e-5, with any other texts.
    """

    task = "sentiment"

    def __init__(
        self, folder: str | Path, model: str | None = None, device: str | None = None, batch_size: int = 64
    ) -> None:
        """Load `folder`: an adapter of finetune_classifier, a model of export, or any plain transformers classifier.

        model: the base model of an adapter, a folder or a name; needed where it was a local folder, by default the name
        in base.json. device: as in torch; by default the accelerator, or the CPU. batch_size: texts in a forward pass.
        max_tokens is that of base.json; without that file the least of the tokenizer's model_max_length and the model's
        positions. Raises UserError where the folder holds no classifier, or the base model is missing or another one.
        """
        if batch_size < 1:
            raise UserError(f"batch_size must be at least 1, not {batch_size}")
        place, where = Path(folder).expanduser(), device_named(device)
        if not place.is_dir():
            raise UserError(f"{folder} is no folder: name one of finetune_classifier or export")
        trained = (place / IDENTITY).is_file()
        load = _trained if trained else _plain
        self._model, self._tokenizer, labels, self.max_tokens = load(place, model)
        self._model.to(where)
        # For the longest text, not for each batch: with one attention a text has one result.
        choose_attention(self._model, [self.max_tokens], where)
        self.labels, self.batch_size = tuple(labels), batch_size
        self.data = {**(data_of(read_identity(place)) if trained else {"columns": {}}), "labels": labels}

    def predict(self, rows: Row | Sequence[Row]) -> Any:
        """Return {"sentiment": the most probable label, "confidence": its probability, "probabilities": {label: p}}.

        rows: a text, a dictionary with the column of the text, or a list of these, which gives a list. Raises TypeError
        for anything else, and UserError where a text is not valid Unicode or a row has none.
        """
        if isinstance(rows, str):
            return self.predict_batch([rows])[0]
        if isinstance(rows, Mapping):
            return self.predict([rows])[0]
        if not isinstance(rows, (list, tuple)):
            raise TypeError(f"rows must be a str, a dict or a list of these, not {type(rows).__name__}")
        found = rows_of_python(self.task, rows, self.data)
        return self.predict_batch([row["source"] for row in found.examples])

    def predict_batch(
        self, texts: Iterable[str], on_batch: Callable[[int], None] = lambda done: None
    ) -> list[dict[str, Any]]:
        """Return the result of predict for each text, in their order; texts of similar length share a batch.

        Raises TypeError for a single str and for a text that is not a str, and UserError as predict does.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a list of str, not one str: call predict, or put it in a list")
        texts = list(texts)
        for place, text in enumerate(texts):
            if not isinstance(text, str):
                raise TypeError(f"a text must be a str, texts[{place}] is {type(text).__name__}")
            if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
                raise UserError(f"a text must be Unicode, texts[{place}] has half a surrogate pair: read it as UTF-8")
        context = context_length(self._model, self._tokenizer)
        encoded = encode_texts([text.strip() for text in texts], self._tokenizer, self.max_tokens, context)
        found = probabilities(
            self._model, [ids for ids, _ in encoded], self._tokenizer.pad_token_id, self.batch_size, on_batch
        )
        return [self._prediction(row) for row in found.tolist()]

    def _prediction(self, row: list[float]) -> dict[str, Any]:
        by_label = dict(zip(self.labels, row, strict=True))
        label = max(by_label, key=by_label.__getitem__)
        return {"sentiment": label, "confidence": by_label[label], "probabilities": by_label}


def _trained(folder: Path, model: str | None) -> tuple[Any, Any, list[str], int]:
    """Return model, tokenizer, labels and max_tokens of a folder with a base.json."""
    identity = read_identity(folder)
    if "labels" not in identity:
        raise UserError(f"{folder} is no classifier, it has no labels: name a folder of finetune_classifier or export")
    base = load_base(folder, model)
    # Merged LoRA weights are 20% faster, and the result is the same to 1e-5.
    trained = merge(load_trained(base, folder, torch.float32)).eval()
    tokenizer = load_tokenizer(Base(base.name, base.revision, folder, base.sha256))
    return trained, tokenizer, identity["labels"], identity["settings"]["max_tokens"]


def _plain(folder: Path, model: str | None) -> tuple[Any, Any, list[str], int]:
    """Return model, tokenizer, labels and max_tokens of a plain transformers folder."""
    own = locate(str(folder.resolve()))
    if model is not None:
        raise UserError(f"model is the base model of an adapter, {folder} is a complete model: leave model {model} out")
    config = read_config(folder / "config.json", own.name)
    kind = (config.architectures or ["model of no kind"])[0]
    if not kind.endswith("ForSequenceClassification"):
        raise UserError(f"{folder} is a {kind}, no classifier: name a folder of finetune_classifier or export")
    if config.num_labels < 2 or config.problem_type not in (None, "single_label_classification"):
        raise UserError(
            f"a classifier must choose one of at least 2 labels, {folder} has {config.num_labels} "
            f"({config.problem_type or 'regression'}): name another"
        )
    labels = [config.id2label[place] for place in range(config.num_labels)]
    classifier = load_classifier(own, labels, torch.float32, new_head=False)
    tokenizer = load_tokenizer(own)
    return classifier, tokenizer, labels, context_length(classifier, tokenizer)
