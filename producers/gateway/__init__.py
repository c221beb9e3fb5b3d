"""The way in over HTTPS: submissions, their receipts, and files, for systems that do not speak Kafka."""
