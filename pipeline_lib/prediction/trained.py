"""A trained model by its folder."""

from pathlib import Path

from pipeline_lib.core.errors import UserError
from pipeline_lib.core.run_files import IDENTITY, read_identity
from pipeline_lib.prediction.language_model import BATCH, LanguageModel
from pipeline_lib.prediction.sentiment_analyzer import SentimentAnalyzer


def load_model(
    folder: str | Path,
    model: str | None = None,
    device: str | None = None,
    *,
    batch_size: int = BATCH,
    max_new_tokens: int | None = None,
) -> LanguageModel | SentimentAnalyzer:
    """Return the trained model in `folder`, which has `predict(rows)`.

    model: the base model, where it is not found by the name in base.json: a folder, a name or a Hub id. device: as in
    torch; by default the accelerator, or the CPU. batch_size, rows at once, and max_new_tokens, the longest answer, as
    LanguageModel takes them. Raises UserError where the folder holds no model that this project
    trained, or the base model is missing or another one.
    """
    place = Path(folder).expanduser()
    if not (place / IDENTITY).is_file():
        raise UserError(f"{folder} is no trained model, it has no {IDENTITY}: name a folder of finetune or export")
    if "labels" in read_identity(place):
        return SentimentAnalyzer(place, model, device, batch_size)
    return LanguageModel(place, model, device, batch_size=batch_size, max_new_tokens=max_new_tokens)
