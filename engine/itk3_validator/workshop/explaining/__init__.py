"""
What a rule, verb, selector, interaction or code means: `itk3 explain`.
"""
