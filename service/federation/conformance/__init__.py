"""Is another server a right partner? The kit plays one under a throw-away origin and key, and checks what is answered.

`meeting` document and handshake; `signatures` who is believed; `order` what is the next envelope; `content` what of it
is held, seen by digests alone; `limits` what is too much; `outbox` the other direction. Each is a table of names and
small functions that raise `Failed`; `run` goes through them.
"""
