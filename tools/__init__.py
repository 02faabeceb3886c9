"""What keeps the project's own pages and tables true; no stage and no test of a model needs it."""
