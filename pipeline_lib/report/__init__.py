"""The report page, the summary and the model card."""
