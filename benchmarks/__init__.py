"""Measurements that are run by hand and not by a test: a machine's speed is no property of the code."""
