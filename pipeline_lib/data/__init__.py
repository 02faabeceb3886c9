"""The user's table, its near-duplicates and contained texts, and its split into train, validation and test rows."""
