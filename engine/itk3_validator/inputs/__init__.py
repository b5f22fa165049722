"""
Messages out of files, folders, archives, tables and standard input: found as items, loaded one by one, within limits.
"""
