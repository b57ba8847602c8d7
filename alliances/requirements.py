"""The requirements of the transition table that this app answers, gathered at start-up."""

from alliances.lifecycle import own_requirements as _lifecycle  # noqa: F401
