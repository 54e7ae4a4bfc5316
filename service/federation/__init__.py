"""Neighbouring nodes share one picture and help each other: one folder per part of the way of a fact to a partner.

`identity` our keys and what we say of ourselves; `peers` who our partners are and how far we trust them; `wire` what
travels and how it is signed; `sharing` what may leave; `sending` the stream to each partner; `receiving` what comes in
and where it lies; `islands` the same by file, by relay and without the internet; `procedures` what two staffs do
together. The protocol is written down in docs/federation.md.
"""
