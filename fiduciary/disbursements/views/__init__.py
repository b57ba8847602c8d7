"""Pages of disbursements by noun: the queue, one request, its acts, and an alliance's money."""
