"""
What the rules of a plan can see of a message, and the outcomes remembered for what they saw.
"""
