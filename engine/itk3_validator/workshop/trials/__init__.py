"""
The tests of a pack: what `itk3 test` runs, and how it is told.
"""
