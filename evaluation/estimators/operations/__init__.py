"""Durations, shares and rates of what is counted, with intervals that know alliances."""
