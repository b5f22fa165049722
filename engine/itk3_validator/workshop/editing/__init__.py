"""
A message changed by the names of places, and the elements that a path asks for.
"""
