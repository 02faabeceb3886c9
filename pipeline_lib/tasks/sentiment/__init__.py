"""Reviews in, labels out."""
