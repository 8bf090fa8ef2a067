"""What the unit learns from answers and reactions."""
