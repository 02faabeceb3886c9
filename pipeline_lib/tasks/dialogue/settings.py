"""The settings of the task dialogue."""

from pipeline_lib.core.settings import Settings, setting


class Dialogue(Settings):
    """Which turns of a dialogue are trained on, and which are asked for."""

    train_on: str = setting("Whose turns are trained on and asked for: all, or one speaker's name.", default="all")
    turns_asked: int = setting(
        "Turns, at most, that are asked of each validation and test dialogue, its last one among them.",
        "turns",
        default=3,
        least=1,
    )


class DialogueSettings(Settings):
    """Settings of the task dialogue."""

    dialogue: Dialogue
