"""
`itk3 serve`: messages judged over HTTP. Nothing in here is imported unless it is asked for.
"""
