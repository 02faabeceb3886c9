"""The library: plain functions on plain values; only cli/ knows a command line, and no module a path of a project."""
