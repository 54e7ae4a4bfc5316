"""What sources say.

contract    what a feed is: asks one source, parses, gives a Batch; knows no database
fetching    the one HTTP client: conditional requests, limits, time-outs
catalogue   name -> feed, from entry points
runner      polls each feed on its rhythm, backs off, keeps its health
health      what is known about a source's own state
cap         CAP 1.2, shared by the warning feeds
simulator   speaks every source's wire format on loopback, for exercises and tests
"""
