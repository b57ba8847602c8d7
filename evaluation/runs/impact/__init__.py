"""Impact runs: the effect of taking part at the cut-off of the score, and what may be concluded."""
