"""The columns of the synthetic survey that a producer answers."""

OUTCOMES = ("productividad_z", "ventas_cop", "utilidad_cop")
COVARIATES = ("edad", "mujer", "upa_ha", "anios_educ", "hogar", "ingreso_base")
