"""The mood of pictures: the mood paper's network, a better one, and what both are measured by."""
