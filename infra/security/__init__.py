"""Who a client is, what each may do, and the certificates behind it."""
