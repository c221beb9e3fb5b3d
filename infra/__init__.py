"""How TechDock connects and how it is watched: broker, database, processes, commands."""
