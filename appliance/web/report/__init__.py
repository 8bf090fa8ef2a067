"""The report as one page: pure rendering, no request, one file that needs nothing else."""
