"""The library: no argparse, no prints, no knowledge of where a project keeps its files."""
