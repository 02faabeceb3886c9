"""The word page: a map of the words, their pairs and sentences."""
