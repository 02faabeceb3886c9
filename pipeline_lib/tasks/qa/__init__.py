"""Questions about a passage, answered from it or declined."""
