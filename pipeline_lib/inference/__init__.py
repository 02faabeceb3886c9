"""Decoding, sampling, log-likelihoods of given answers, multiple choice, and answers that are kept on disk."""
