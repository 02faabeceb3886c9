"""All that is particular to a task: how its data are read, what a model is shown, how answers are judged."""
