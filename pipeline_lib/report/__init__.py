"""The report page, the summary, the model card, the figures and the page of the words."""
