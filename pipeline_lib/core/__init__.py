"""Rows and files: what a row is, writing whole or not at all, text to tokens and sentences, TF-IDF, BM25, errors."""
