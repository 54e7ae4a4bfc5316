"""A server on loopback that speaks the sources' real wire formats and plays a scenario on a clock that can run fast,
pause and jump. Feeds meet it over real HTTP, with nothing special-cased.

scenario     what happens when, read from scenarios/<name>/*.toml
curves       the value of a gauge at a time      gauge   what a gauge reports, sensor trouble included
faults       which source fails how              reply   an answer before it goes over the wire
warnings     what official warnings hold when     areas   municipalities and their outlines
pegelonline, nina, dwd  one module per wire format, pure: (scenario, moment, path, query) -> Reply
control      the remote control under /_exercise/
server       Simulator: start, stop, base_urls, set_fault, heal, set_value, state
"""
