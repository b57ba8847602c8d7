"""What the programme achieved: surveys, frozen studies and runs that repeat to the last digit."""
