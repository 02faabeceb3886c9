"""Documents to vocabulary and sentences."""
