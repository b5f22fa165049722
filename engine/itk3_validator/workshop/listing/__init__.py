"""
The merged rules of a pack, and where each comes from: `itk3 rules`.
"""
