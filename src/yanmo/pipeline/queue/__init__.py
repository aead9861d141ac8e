"""Several recipes on one machine: jobs that wait, a scheduler that runs what fits, and no daemon.

Jobs are files; whoever runs the queue reads them, and may be stopped and started at any time.
"""
