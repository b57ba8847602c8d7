"""Evidence: what was uploaded, in which versions, by whom, and who may read it."""
