"""Where an alliance is and what it grows: places, crops, crop windows, working days, prices."""
