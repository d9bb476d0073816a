<?php
// pdo_pgsql: prepared statements on the server and emulated ones, column metadata, the state of an error, cancel.
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
$columns = $db->prepare('SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?'
    . " AND column_name IN ('order_id', 'ordered_at', 'goods_value', 'is_gift', 'order_count') ORDER BY ordinal_position");
$columns->execute(['sales']);
check('lists columns with their types', $columns->fetchAll(PDO::FETCH_KEY_PAIR), [
    'order_id' => 'integer',
    'ordered_at' => 'timestamp without time zone',
    'goods_value' => 'numeric',
    'is_gift' => 'boolean',
    'order_count' => 'bigint',
]);
foreach ([false, true] as $emulated) {
    $db->setAttribute(PDO::ATTR_EMULATE_PREPARES, $emulated);
    $statement = $db->prepare('SELECT channel, MEASURE(order_count) AS n FROM sales WHERE channel = :c GROUP BY channel');
    $statement->execute(['c' => 'web']);
    check($emulated ? 'emulates parameters' : 'reads with parameters', $statement->fetch(PDO::FETCH_NUM), ['web', 30719]);
}
$typed = $db->query('SELECT order_id, goods_value, is_gift FROM sales ORDER BY order_id LIMIT 1');
check('knows the types of a result', $typed->getColumnMeta(1)['native_type'], 'numeric');
check('values come as PHP knows them', $typed->fetch(PDO::FETCH_NUM), [1, '966.11', false]);
/** Its SQLSTATE and text. */
function failure(PDO $db, string $sql): array
{
    try {
        $db->query($sql);
        return ['an answer', ''];
    } catch (PDOException $error) {
        return [$error->getCode(), explode("\n", $error->errorInfo[2])[0]];
    }
}
check('an error has its code', failure($db, 'SELECT nothing FROM sales')[0], '42703');

// PDO has no call that cancels: another session does.
$slow = 'SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c';
$pid = $db->query('SELECT pg_backend_pid()')->fetchColumn();
$canceller = proc_open(['node_modules/.bin/tsx', 'test/clients/session.ts', 'cancel', (string) $pid], [], $pipes);
check('is cancelled', failure($db, $slow), ['57014', 'ERROR:  canceling statement due to user request']);
check('by another session', proc_close($canceller), 0);
$db->exec("SET statement_timeout = '300ms'");
check('a deadline of its own', failure($db, $slow), ['57014', 'ERROR:  canceling statement due to statement timeout']);
$db->exec('RESET statement_timeout');
check('the connection goes on', $db->query('SELECT 1')->fetchColumn(), 1);

// The package's other extension has one.
$other = pg_connect(sprintf('user=aurora_manager password=%s', getenv('TOKEN_aurora_manager')));
$started = time();
pg_send_query($other, $slow);
sleep(1);
check('pgsql: is still running', pg_connection_busy($other), true);
// It drops the error: the server's own deadline is a minute.
check('pgsql: cancels', pg_cancel_query($other) && time() - $started < 30, true);
check('pgsql: the connection goes on', pg_fetch_result(pg_query($other, 'SELECT 1'), 0, 0), '1');
$db->beginTransaction();
check('is in a transaction', $db->inTransaction(), true);
$db->rollBack();
exit($failures === 0 ? 0 : 1);
