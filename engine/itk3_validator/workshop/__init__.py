"""
The analyst's workshop: write, check and prove rules without Python.
"""
