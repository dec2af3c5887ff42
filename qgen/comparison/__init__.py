"""How do generators compare? From a list of them to a scoreboard, each (generator, dataset, seed) a resumable task."""
