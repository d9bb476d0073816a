#!/usr/bin/env bash
# RPostgreSQL: R's DBI over libpq (RPostgres is not in Debian 12).
command -v Rscript >/dev/null && Rscript -e 'library(RPostgreSQL)' >/dev/null 2>&1 || exit 77
exec Rscript --vanilla test/clients/r-postgresql/check.R
