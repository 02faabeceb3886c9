"""Radiology: findings in, impression out."""
