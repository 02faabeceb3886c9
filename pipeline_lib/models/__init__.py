"""Loading a base model, prompts to tokens, batches, the forward pass, LoRA, and encoders that classify."""
