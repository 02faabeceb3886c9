"""Decoding, sampling, log-likelihoods of given answers, multiple choice, and answers that outlast a run."""
