"""A run before it is spent: what its rows are, how a model would read them, and which task a new file suits."""
