"""Charts and maps; every picture can be had as data as well."""
