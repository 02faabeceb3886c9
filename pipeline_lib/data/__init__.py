"""From the table a user brings to training, validation and test rows."""
