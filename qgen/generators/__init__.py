"""What makes showers: the protocol, what qgen's own generators share, and one folder per family."""
