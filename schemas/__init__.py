"""What is said: Avro contracts, the records they become, and the topics that carry them."""
