"""Panel and phone pages over HTTP."""
