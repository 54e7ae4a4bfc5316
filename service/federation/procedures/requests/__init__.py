"""Requests between nodes: each side keeps an inquiry of its own, reads the other's and merges what the other may say.

The lender decides on offers, holds, promises, recalls and returns, the borrower on what is taken, has arrived, is in
use and is released, and on the end of the asking. Whatever comes from a partner is a proposal: nothing is held,
promised or lent but by people here.
"""
