"""What all packages share: rows, files written completely or not at all, text to tokens, TF-IDF, BM25, errors."""
