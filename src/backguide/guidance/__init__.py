"""From facts to decisions: what applies to this runner, and why."""
