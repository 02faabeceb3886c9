"""Command-line arguments, signals and progress. Nothing here changes what a stage writes."""
