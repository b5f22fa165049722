"""
`itk3 validate --stream`: messages on standard input, an answer for each.
"""
