"""From faces in frames to who stands there: tracks, dwell, attention, a stable expression."""
