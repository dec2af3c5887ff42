"""How is an annealing processor driven? Programming, placement, reading, errors, times and costs."""
