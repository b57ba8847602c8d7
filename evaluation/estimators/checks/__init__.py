"""What a reader asks of a discontinuity design besides its estimate."""
