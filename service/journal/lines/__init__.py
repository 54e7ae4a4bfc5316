"""Lines that the node itself writes into the operations logs: what happened without anybody here writing it down."""
