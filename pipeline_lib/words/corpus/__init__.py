"""From documents to a vocabulary and sentences."""
