"""The one way for every picture from a file: in a process with limits, upright, sRGB."""
