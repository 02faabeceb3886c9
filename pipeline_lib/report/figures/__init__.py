"""Figures of a run, and the tables behind them."""
