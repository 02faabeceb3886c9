"""Single faults that the tests must see: the code with one thing wrong at a time, and which tests notice."""
