"""The register of persons: who took part where, apart from any alliance."""
