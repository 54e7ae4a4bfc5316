"""The stream to each partner: what comes next, and the loop that brings it there."""
