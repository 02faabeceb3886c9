"""Arguments, signals and progress of the command line; decides nothing that is written."""
