"""Shares of a sample of clusters, and whether groups answer alike."""
