"""The settings of the task sentiment."""

from pipeline_lib.core.settings import Settings, setting


class SentimentSettings(Settings):
    """Settings of the task sentiment."""

    labels: dict[bool | float | str, str] = setting(
        "What a value of the label column means, in words; a value left out is its own label, if it is no number.",
        example={0: "negative", 1: "positive"},
    )
