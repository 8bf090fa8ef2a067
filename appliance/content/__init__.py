"""Pictures, videos and music: what the unit takes in, checks and shows."""
