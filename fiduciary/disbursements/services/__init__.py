"""Services of disbursements by noun: protocols, the annual plan, requests and their clock."""
