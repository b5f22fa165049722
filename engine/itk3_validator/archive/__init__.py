"""
Rules over the archive: what several messages of a run say together, decided in SQL over the tables of the run.

``run.run`` is handed a DuckDB connection; ``few`` alone makes one of its own, and imports DuckDB only then.
"""
