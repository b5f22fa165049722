"""
Batches of messages: their sources, the run over them, its tables and its report. Needs the extra `batch`.
"""
