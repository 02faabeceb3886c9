"""What a model answers: greedy decoding, sampling, and the log-likelihood of given answers."""
