"""The register of bodies and people: who is registered, who may act for whom, and since when."""
