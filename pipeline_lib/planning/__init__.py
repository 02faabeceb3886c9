"""A run before it is spent: parameters, memory, disk and minutes, and what to change where it does not fit."""
