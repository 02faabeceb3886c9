"""The library: plain functions on plain values; only cli/ knows a command line, and no module a path of a project."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch is loaded when it is needed
    from pipeline_lib.prediction.language_model import LanguageModel
    from pipeline_lib.prediction.sentiment_analyzer import SentimentAnalyzer

# A thread of OpenMP that waits for another keeps its core for a while, 300,000 rounds of a loop, where others may need
# it: operations shared among cores fell to a seventh of their speed beside one busy program. After 1,000 rounds it
# sleeps. OpenMP reads this when torch is loaded; results do not depend on it.
SPIN_COUNT = "1000"
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)


def load(
    folder: str | Path, model: str | None = None, device: str | None = None
) -> "LanguageModel | SentimentAnalyzer":
    """Return the trained model in a folder of finetune, finetune_classifier or export (prediction.trained).

    load("models/tuned").predict(rows) returns an answer or a label for each row.
    """
    from pipeline_lib.prediction.trained import load_model

    return load_model(folder, model, device)
