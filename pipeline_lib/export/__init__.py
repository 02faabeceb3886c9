"""A trained model in the formats of other programs: plain transformers, GGUF for llama.cpp, a folder for Ollama."""
