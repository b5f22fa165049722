"""
What stands between the package and the outside: the command line first. Each part reads, calls, and writes.
"""
