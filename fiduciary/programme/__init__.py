"""The programme in aggregates: what those read who read no alliance one by one."""
