"""
Measurements: what the engine costs beside the parse that nobody can avoid, and beside what a user would otherwise pick.
"""
