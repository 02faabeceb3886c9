"""The report of a run: what its files say, the verdict, advice, the page, the summary and the model card."""
