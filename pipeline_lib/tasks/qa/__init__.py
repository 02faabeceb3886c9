"""The task qa: a passage and a question in, an answer from the passage or "no answer" out."""
