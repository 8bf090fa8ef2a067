"""Season, time of day, weather."""
