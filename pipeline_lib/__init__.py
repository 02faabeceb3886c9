"""The library: plain functions on plain values; only cli/ knows a command line, and no module a path of a project."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch is loaded when it is needed
    from pipeline_lib.prediction.language_model import LanguageModel
    from pipeline_lib.prediction.sentiment_analyzer import SentimentAnalyzer


def load(
    folder: str | Path, model: str | None = None, device: str | None = None
) -> "LanguageModel | SentimentAnalyzer":
    """Return the trained model in a folder of finetune, finetune_classifier or export (prediction.trained).

    load("models/tuned").predict(rows) returns an answer or a label for each row.
    """
    from pipeline_lib.prediction.trained import load_model

    return load_model(folder, model, device)
