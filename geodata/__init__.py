"""What is where, and how we know.

model    rules without I/O: refs, facts, geometry, stations, warnings, changes, the picture
store    PostgreSQL and PostGIS and nothing but: tables, the transaction with its log, queries, tiles
land     reference geography: municipalities, districts, places; import and lookup
"""
