"""Where a base model comes from, prompts to tokens, batches, the forward pass, LoRA, and the encoder."""
