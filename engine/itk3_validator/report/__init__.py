"""
The report: its model, how findings are explained, and one renderer a format.
"""
