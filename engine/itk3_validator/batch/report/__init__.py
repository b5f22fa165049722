"""
What a batch run came to: counts and examples from its tables, and one renderer a format.
"""
