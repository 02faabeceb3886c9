"""The base model and what it reads: loading, prompts as tokens, batches, the forward pass and LoRA."""
