"""The settings of evaluation."""

from pipeline_lib.core.settings import Settings, setting


class EvaluationSettings(Settings):
    """Settings of the package evaluation."""

    wordnet: str = setting(
        "Synonyms for METEOR: none, nltk (where NLTK finds its own), or a folder with NLTK's WordNet.", example="none"
    )
