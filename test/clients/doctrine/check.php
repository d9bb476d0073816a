<?php
// Doctrine DBAL: its schema manager's tables, columns and keys, the query builder, types, errors as exceptions.
require 'Doctrine/DBAL/autoload.php';

use Doctrine\DBAL\Connection;
use Doctrine\DBAL\DriverManager;
use Doctrine\DBAL\Exception\DriverException;

$failures = 0;
function check(string $what, mixed $found, mixed $expected): void
{
    global $failures;
    if ($found === $expected) {
        echo "ok    $what\n";
        return;
    }
    echo "FAIL  $what\n      found    ", json_encode($found), "\n      expected ", json_encode($expected), "\n";
    $failures++;
}

function open(string $persona): Connection
{
    return DriverManager::getConnection([
        'driver' => 'pdo_pgsql',
        'host' => getenv('PGHOST'),
        'port' => (int) getenv('PGPORT'),
        'dbname' => getenv('PGDATABASE'),
        'user' => $persona,
        'password' => getenv("TOKEN_$persona"),
    ]);
}

function state(callable $run): string
{
    try {
        $run();
        return 'an answer';
    } catch (DriverException $error) {
        return (string) $error->getSQLState();
    }
}

/** Tables of the schema `public`: the server's own are in another. */
function tables(Connection $db): array
{
    $names = array_values(array_filter($db->createSchemaManager()->listTableNames(), fn ($name) => !str_contains($name, '.')));
    sort($names);
    return $names;
}

$db = open('aurora_manager');
check('lists the tables', tables($db), ['baskets', 'returns', 'sales', 'shoppers']);
$sales = $db->createSchemaManager()->introspectTable('sales');
$types = [];
foreach (['order_id', 'ordered_at', 'goods_value', 'is_gift', 'order_count', 'status'] as $name) {
    $types[$name] = $sales->getColumn($name)->getType()::class;
}
check('lists columns with their types', array_map(fn ($type) => basename(str_replace('\\', '/', $type)), $types), [
    'order_id' => 'IntegerType',
    'ordered_at' => 'DateTimeType',
    'goods_value' => 'DecimalType',
    'is_gift' => 'BooleanType',
    'order_count' => 'BigIntType',
    'status' => 'TextType',
]);
check('and how large', [$sales->getColumn('goods_value')->getPrecision(), $sales->getColumn('goods_value')->getScale()], [12, 2]);
check('comments', $sales->getColumn('status')->getComment(), 'Status: processing, shipped, completed, returned or cancelled');
check('knows the key', $sales->getPrimaryKey()?->getColumns(), ['order_id']);
$keys = array_map(fn ($key) => [$key->getForeignTableName(), $key->getLocalColumns()], array_values($sales->getForeignKeys()));
check('and what it refers to', $keys, [['shoppers', ['customer_id']]]);

$query = $db->createQueryBuilder()->select('channel', 'SUM(order_count) AS n')->from('sales')
    ->where('channel IN (:channels)')->groupBy('channel')->orderBy('channel')
    ->setParameter('channels', ['web', 'app'], Connection::PARAM_STR_ARRAY);
check('the query builder', $query->executeQuery()->fetchAllKeyValue(), ['app' => 19052, 'web' => 30719]);
$db->setNestTransactionsWithSavepoints(true);
check('a transaction, with one inside that fails', $db->transactional(function (Connection $db) {
    $inner = state(fn () => $db->transactional(fn (Connection $db) => $db->fetchOne('SELECT nothing FROM sales')));
    return [$inner, $db->fetchOne('SELECT COUNT(*) FROM sales WHERE order_id = ?', [1])];
}), ['42703', 1]);
check('a typed parameter', $db->fetchOne('SELECT COUNT(*) FROM sales WHERE ordered_at < ? AND is_gift = ?',
    [new DateTimeImmutable('2023-01-01'), false], ['datetime_immutable', 'boolean']), 0);
check('an error has its code', state(fn () => $db->fetchOne('SELECT nothing FROM sales')), '42703');
check('nothing can be written', state(fn () => $db->update('sales', ['status' => 'lost'], ['order_id' => 1])), '25006');
// It has no call that cancels, nor has PDO: another session does.
$pid = (string) $db->fetchOne('SELECT pg_backend_pid()');
$canceller = proc_open(['node_modules/.bin/tsx', 'test/clients/session.ts', 'cancel', $pid], [], $pipes);
$slow = 'SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c';
try {
    $told = $db->fetchOne($slow);
} catch (DriverException $error) {
    $told = $error->getMessage();
}
check('is cancelled', str_contains((string) $told, '57014') && str_contains($told, 'canceling statement due to user request'), true);
check('by another session', proc_close($canceller), 0);
check('the connection goes on', $db->fetchOne('SELECT 1'), 1);

$support = open('aurora_support');
check('shows support its own tables alone', tables($support), ['baskets', 'sales', 'shoppers']);
check('and its own columns', $support->createSchemaManager()->introspectTable('sales')->hasColumn('revenue'), false);
exit(min($failures, 1));
