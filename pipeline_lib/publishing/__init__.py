"""A trained model on the Hugging Face Hub: which of its files go there, and how."""
