"""The embedded Apache Kafka: its jars, its settings, its nodes."""
