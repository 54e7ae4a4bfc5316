"""PostgreSQL and PostGIS, and nothing but: the only place with SQL besides `service/**/store.py`."""
