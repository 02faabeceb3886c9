"""Bad and unusual inputs, and faults of the machine, given to the stages; one module for each family or two."""
