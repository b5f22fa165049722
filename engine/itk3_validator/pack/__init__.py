"""
YAML text to marked values to a checked, immutable rule pack.
"""
