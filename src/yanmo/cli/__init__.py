"""The command line: parsing, printing and exit codes; the work is done in the packages below.

Every module here loads without torch; a command imports what it needs when it runs.
"""
