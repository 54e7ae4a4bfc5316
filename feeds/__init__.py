"""What sources say.

contract      what a feed is: asks one source, parses, gives a Batch; knows no database
fetching      the one HTTP client: conditional requests, limits, time-outs
catalogue     name -> feed, from entry points
runner        looks at each feed on its rhythm; source: one look and what comes of it
health        what is known about a source's own state
plausibility  what cannot be true is kept aside
decoding      JSON item by item; cap, areas, plain_text, unzipping, politeness: shared by feeds
pegelonline, nina, dwd_cap, lanuk, lhp    one source each, with its wire format beside it; example is the template
katwarn       a format of warnings that only the corpus reads
corpus        recorded files through the same parsers
simulator     speaks every source's wire format on loopback, for exercises and tests
"""
