"""A company's own questions and answers."""
