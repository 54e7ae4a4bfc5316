"""A convoy told to the Meldekopf that it goes to, and what that Meldekopf says of it: by the stream, or without a line.

Both are things in the exchange room: the march is ours while we lend, the receipt is the borrower's. What a file brings
lies where the stream would have put it, under the same ref, so that it is one and the same once the line is back.
"""
