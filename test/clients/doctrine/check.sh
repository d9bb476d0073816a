#!/usr/bin/env bash
command -v php >/dev/null && php -m | grep -q '^pdo_pgsql$' || exit 77
php -r 'exit(@include("Doctrine/DBAL/autoload.php") ? 0 : 1);' || exit 77
exec php test/clients/doctrine/check.php
