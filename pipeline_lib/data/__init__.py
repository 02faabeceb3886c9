"""The user's table, near-duplicates and containment, and the split into train, validation and test rows."""
