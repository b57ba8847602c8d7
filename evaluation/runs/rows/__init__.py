"""The rows that a run worked on: kept with it, described, given away without personal fields."""
