"""What people are written by mail."""
