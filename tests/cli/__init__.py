"""Tests of pipeline_lib/cli."""
