"""
Programs of the project itself: they write the files that are generated.
"""
