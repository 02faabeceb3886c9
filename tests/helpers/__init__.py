"""Toys, projects and steps that several test files share."""
