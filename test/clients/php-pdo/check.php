<?php
// pdo_pgsql: prepared statements on the server and emulated ones, column metadata, and the state of an error.
declare(strict_types=1);

$failures = 0;
function check(string $what, mixed $found, mixed $expected): void
{
    global $failures;
    if ($found === $expected) {
        echo "ok    $what\n";
        return;
    }
    printf("FAIL  %s\n      found    %s\n      expected %s\n", $what, json_encode($found), json_encode($expected));
    $failures++;
}

$dsn = sprintf('pgsql:host=%s;port=%s;dbname=%s', getenv('PGHOST'), getenv('PGPORT'), getenv('PGDATABASE'));
$db = new PDO($dsn, 'aurora_manager', getenv('TOKEN_aurora_manager'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
echo 'PHP ', PHP_VERSION, ', server ', $db->getAttribute(PDO::ATTR_SERVER_VERSION), "\n";
$tables = $db->query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1");
check('lists the tables', $tables->fetchAll(PDO::FETCH_COLUMN), ['baskets', 'returns', 'sales', 'shoppers']);
foreach ([false, true] as $emulated) {
    $db->setAttribute(PDO::ATTR_EMULATE_PREPARES, $emulated);
    $statement = $db->prepare('SELECT channel, MEASURE(order_count) AS n FROM sales WHERE channel = :c GROUP BY channel');
    $statement->execute(['c' => 'web']);
    check($emulated ? 'emulates parameters' : 'reads with parameters', $statement->fetch(PDO::FETCH_NUM), ['web', 30719]);
}
$typed = $db->query('SELECT order_id, goods_value, is_gift FROM sales ORDER BY order_id LIMIT 1');
check('knows the types of a result', $typed->getColumnMeta(1)['native_type'], 'numeric');
check('values come as PHP knows them', $typed->fetch(PDO::FETCH_NUM), [1, '966.11', false]);
try {
    $db->query('SELECT nothing FROM sales');
} catch (PDOException $error) {
    check('an error has its code', $error->getCode(), '42703');
}
$db->beginTransaction();
check('is in a transaction', $db->inTransaction(), true);
$db->rollBack();
exit($failures === 0 ? 0 : 1);
