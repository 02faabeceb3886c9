"""The task impression: the findings of a radiology report in, its impression out."""
