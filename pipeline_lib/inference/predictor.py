"""A trained classifier as a Python object: texts in, labels with their probabilities out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.core.errors import UserError
from pipeline_lib.models.classifier import probabilities
from pipeline_lib.models.forward import choose_attention
from pipeline_lib.models.loading import Base, load_classifier, load_tokenizer, locate
from pipeline_lib.models.lora import IDENTITY, load_base, load_trained, merge, read_identity
from pipeline_lib.models.parameter_count import read_config
from pipeline_lib.models.text_encoder import context_length, encode_texts


class SentimentAnalyzer:
    """A classifier from a folder, in float32, ready to be asked: labels it knows, `max_tokens` of a text it reads.

    A text is read as in training: white space around it is taken away, what is longer than `max_tokens` is cut at its
    end. An empty text is asked like any other, as the special tokens alone: the answer is what the model leans to where
    it has read nothing, so leave such texts out where that is no answer to you. The same text has the same answer, to
    1e-5, whatever texts are asked with it.
    """

    def __init__(
        self, folder: str | Path, model: str | None = None, device: str | None = None, batch_size: int = 64
    ) -> None:
        """Load `folder`: an adapter of finetune_classifier, a model of export, or any plain transformers classifier.

        model: where an adapter's base is, a folder or a name, needed where it was a local folder; without it the name
        in base.json. device: as torch writes it; without it the accelerator there is, or the processor. batch_size:
        texts in a pass. How much of a text is read stands in base.json; in a folder without that file, in its tokenizer
        (model_max_length) and the model's positions. Raises UserError when the folder holds no classifier, or the base
        is not there or another.
        """
        if batch_size < 1:
            raise UserError(f"batch_size must be at least 1, not {batch_size}")
        place, where = Path(folder).expanduser(), _device(device)
        if not place.is_dir():
            raise UserError(f"{folder} is no folder: name one of finetune_classifier or export")
        load = _trained if (place / IDENTITY).is_file() else _plain
        self._model, self._tokenizer, labels, self.max_tokens = load(place, model)
        self._model.to(where)
        # By what may come, not by each batch: one attention, one answer.
        choose_attention(self._model, [self.max_tokens], where)
        self.labels, self.batch_size = tuple(labels), batch_size

    def predict(self, text: str) -> dict[str, Any]:
        """Return {"sentiment": the likeliest label, "confidence": its probability, "probabilities": {label: 0 to 1}}.

        Raises TypeError for what is no str, and UserError for a str that is no Unicode text.
        """
        if not isinstance(text, str):
            raise TypeError(f"a text must be a str, not {type(text).__name__}")
        return self.predict_batch([text])[0]

    def predict_batch(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        """Return what predict says of each text, in their order; batches are of texts of like length.

        Raises TypeError for a single str and for the first text that is none, and UserError as predict does.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a list of str, not one str: call predict, or put it in a list")
        asked = list(texts)
        for place, text in enumerate(asked):
            if not isinstance(text, str):
                raise TypeError(f"a text must be a str, texts[{place}] is {type(text).__name__}")
            if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
                raise UserError(f"a text must be Unicode, texts[{place}] has half a surrogate pair: read it as UTF-8")
        context = context_length(self._model, self._tokenizer)
        encoded = encode_texts([text.strip() for text in asked], self._tokenizer, self.max_tokens, context)
        found = probabilities(self._model, [ids for ids, _ in encoded], self._tokenizer.pad_token_id, self.batch_size)
        return [self._answer(line) for line in found.tolist()]

    def _answer(self, line: list[float]) -> dict[str, Any]:
        given = dict(zip(self.labels, line, strict=True))
        label = max(given, key=given.__getitem__)
        return {"sentiment": label, "confidence": given[label], "probabilities": given}


def _trained(folder: Path, model: str | None) -> tuple[Any, Any, list[str], int]:
    """Return model, tokenizer, labels and max_tokens of a folder with a base.json."""
    identity = read_identity(folder)
    if "labels" not in identity:
        raise UserError(f"{folder} is no classifier, it has no labels: name a folder of finetune_classifier or export")
    base = load_base(folder, model)
    # The LoRA weights become part of the base's: a fifth faster, and the same to 1e-5.
    whole = merge(load_trained(base, folder, torch.float32)).eval()
    tokenizer = load_tokenizer(Base(base.name, base.revision, folder, base.sha256))
    return whole, tokenizer, identity["labels"], identity["settings"]["max_tokens"]


def _plain(folder: Path, model: str | None) -> tuple[Any, Any, list[str], int]:
    """Return model, tokenizer, labels and max_tokens of a folder that is plain transformers."""
    own = locate(str(folder.resolve()))
    if model is not None:
        raise UserError(f"model is the base of an adapter, {folder} is a whole model: leave model {model} out")
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


def _device(name: str | None) -> torch.device:
    if name is None:
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch was built without that device
        said = str(error).splitlines()[0]
        raise UserError(f"device must be one that torch has here, like cpu, not {name!r} ({said})") from error
