"""The few figures of a run that a person compares first: summary.json, the one metrics file that DVC knows."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline_lib.evaluation.validation_figures import LIKELIHOOD


def metrics_summary(scores: Mapping[str, Any], names: Sequence[str]) -> dict[str, float]:
    """Return the tuned model's figures on validation rows, then on test rows, then its gain over the best baseline.

    Validation: `validation_` and the headline's name, loss and perplexity. Test: the headline, perplexity and the
    metrics `names`. Then gain, gain_low and gain_high, in the headline. What `scores` (scores.json) has not, or as
    null, is left out: without validation rows there is no validation figure. With four `names` these are twelve numbers
    at most.
    """
    headline, tuned, validation = scores["headline"], scores["tuned"], scores.get("validation", {})
    gain = scores["gain"]["baseline"]
    figures = {f"validation_{name}": validation.get(name) for name in (headline, *LIKELIHOOD)}
    figures |= {name: tuned.get(name) for name in (headline, "perplexity", *names)}
    figures |= {"gain": gain["difference"], "gain_low": gain["low"], "gain_high": gain["high"]}
    return {name: value for name, value in figures.items() if value is not None}
