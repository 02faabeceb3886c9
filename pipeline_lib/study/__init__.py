"""Several runs read together: which setting to keep, whether it is the seed, and whether more rows would help."""
