#!/usr/bin/env bash
command -v php >/dev/null && php -m | grep -q '^pdo_pgsql$' || exit 77
exec php test/clients/php-pdo/check.php
