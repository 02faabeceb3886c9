"""The task company: a question in, its answer out."""
