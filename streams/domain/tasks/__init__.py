"""What the nine key tasks have in common (``cases``), and the guards and results of each."""
