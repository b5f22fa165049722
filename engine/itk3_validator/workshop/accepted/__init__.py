"""
What a caller accepts for now: waivers, and the findings of an earlier report.
"""
