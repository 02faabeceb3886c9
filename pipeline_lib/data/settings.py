"""The settings of the data: which tables are read, and how rows are split into train, validation and test."""

from typing import Literal

from pipeline_lib.core.settings import Settings, setting


class Split(Settings):
    """How rows are split into train, validation and test."""

    train: int = setting("Rows to train on.", "rows, or dialogues", example=300, least=1)
    test: int = setting("Rows that are scored once, after training.", "rows, or dialogues", example=30, least=1)
    validation: int = setting(
        "Rows, at most, that choose the epoch and other settings; taken from what train and test leave over.",
        "rows, or dialogues",
        example=30,
        least=0,
    )
    duplicates: Literal["keep", "drop"] = setting(
        "Whether training rows that repeat another row are kept.", default="drop"
    )
    incomplete: Literal["fail", "drop"] = setting(
        "What happens to a row without an input or a target: stop, or drop it and log how many.", default="fail"
    )
    unsupported: Literal["keep", "drop"] = setting(
        "Whether rows whose answer is not in their passage are kept; only some tasks mark such rows.", default="keep"
    )
    near_duplicates: Literal["group", "fail", "allow"] = setting(
        "Nearly equal inputs: group keeps them in one part, fail stops if two parts share some, allow marks them.",
        default="group",
    )
    contained: Literal["group", "allow"] = setting(
        "Inputs that contain another input word for word: group keeps them in one part, allow does not look.",
        default="allow",
    )
    answers: Literal["last", "all"] = setting(
        "Which answers of a conversation are trained on: its last one, or all of them; the last one is asked for.",
        default="last",
    )
    seed: int | None = setting(
        "Fixes the split alone, so that runs with another seed have the same test rows; null: the seed of all else.",
        default=None,
        example=42,
        least=0,
        most=2**32 - 1,
    )
    min_words: int = setting(
        "Shortest training input; above 0, repeated texts and texts with two targets are dropped too.",
        "words",
        default=0,
        least=0,
    )


class MultipleChoice(Settings):
    """Multiple-choice questions off the topic of training, answered before and after it."""

    data: str = setting("File of questions: ARC's JSONL, or a table.", example="recipes/company/data/science.jsonl")
    limit: int | None = setting(
        "Size of a random sample of the questions; null takes all.", "questions", default=None, example=100, least=2
    )


class DataSettings(Settings):
    """Settings of the package data."""

    data: str = setting(
        "The user's rows: a file, or a folder with a train and a test file.", example="data/reports.csv"
    )
    encoding: str = setting(
        "The encoding of a text file: auto, or the name of a Python codec, like cp1252 or gb18030.", example="auto"
    )
    columns: dict[str, str | float] = setting(
        "The task's name of a column, and the file's header for it; a column left out has the same name in both.",
        example={"observation": "Findings"},
    )
    off_topic: str = setting(
        "Table of questions that the model should refuse.", example="recipes/company/data/off_topic.jsonl"
    )
    split: Split
    multiple_choice: MultipleChoice
