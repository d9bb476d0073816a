# DBD::Pg: table_info, column_info and keys, placeholders, the state of an error, an asynchronous statement cancelled.
use strict;
use warnings;
use DBI;
use DBD::Pg qw(:async);

my $failures = 0;
sub check {
    my ($what, $found, $expected) = @_;
    if ($found eq $expected) { print "ok    $what\n"; return; }
    print "FAIL  $what\n      found    $found\n      expected $expected\n";
    $failures++;
}

my $db = DBI->connect("dbi:Pg:host=$ENV{PGHOST};port=$ENV{PGPORT};dbname=$ENV{PGDATABASE}",
    'aurora_manager', $ENV{TOKEN_aurora_manager}, { RaiseError => 1, PrintError => 0, pg_enable_utf8 => 1 });
print "DBD::Pg $DBD::Pg::VERSION\n";
my $tables = $db->table_info(undef, 'public', undef, 'TABLE')->fetchall_arrayref({});
check('lists the tables', join(' ', sort map { $_->{TABLE_NAME} } @$tables), 'baskets returns sales shoppers');
my $columns = $db->column_info(undef, 'public', 'sales', undef)->fetchall_hashref('COLUMN_NAME');
check('lists columns with their types',
    join(', ', map { "$_ $columns->{$_}{pg_type}" } qw(order_id ordered_at goods_value order_count)),
    'order_id integer, ordered_at timestamp without time zone, goods_value numeric(12,2), order_count bigint');
check('knows the key', join(' ', $db->primary_key(undef, 'public', 'sales')), 'order_id');
my $rows = $db->selectall_arrayref(
    'SELECT channel, MEASURE(order_count) FROM sales WHERE channel = ? GROUP BY channel', undef, 'web');
my $keys = $db->foreign_key_info(undef, undef, undef, undef, 'public', 'sales')->fetchall_arrayref({});
check('and what it refers to', join(', ', map { "$_->{FK_COLUMN_NAME} $_->{UK_TABLE_NAME} $_->{UK_COLUMN_NAME}" } @$keys),
    'customer_id shoppers customer_id');
check('reads with parameters', join(' ', @{ $rows->[0] }), 'web 30719');
eval { $db->selectall_arrayref('SELECT nothing FROM sales') };
check('an error has its code', $db->state, '42703');
my $slow = $db->prepare('SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c', { pg_async => PG_ASYNC });
my $started = time;
$slow->execute;
sleep 1;
check('is still running', $db->pg_ready ? 'ready' : 'running', 'running');
# True only if the statement ended with 57014, whose text it drops: the server's own deadline is a minute.
check('cancels', eval { $db->pg_cancel } && time - $started < 30 ? 'cancelled' : 'not: ' . $db->state, 'cancelled');
check('the connection goes on', $db->selectrow_array('SELECT 1'), 1);
$db->disconnect;
exit($failures ? 1 : 0);
