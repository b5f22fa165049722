"""
Rules over the archive: what several messages of a run say together, decided in SQL over the tables of the run.

It needs ``duckdb``, which is imported by none of these modules: a connection is handed in.
"""
