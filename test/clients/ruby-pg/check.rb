# Ruby's pg: typed results, prepared statements, a single-row stream, cancel, and the class of an error.
require 'pg'

$failures = 0
def check(what, found, expected)
  if found == expected
    puts "ok    #{what}"
  else
    puts "FAIL  #{what}\n      found    #{found.inspect}\n      expected #{expected.inspect}"
    $failures += 1
  end
end

db = PG.connect(host: ENV['PGHOST'], port: ENV['PGPORT'], dbname: ENV['PGDATABASE'],
                user: 'aurora_manager', password: ENV['TOKEN_aurora_manager'])
puts "pg #{PG::VERSION}"
# Asks pg_type for every type and its input function.
db.type_map_for_results = PG::BasicTypeMapForResults.new(db)
tables = db.exec("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
check('lists the tables', tables.column_values(0), %w[baskets returns sales shoppers])
columns = db.exec_params(<<~SQL, ['sales'])
  SELECT column_name, data_type FROM information_schema.columns
  WHERE table_name = $1 AND column_name IN ('order_id', 'ordered_at', 'goods_value', 'is_gift', 'order_count')
SQL
check('lists columns with their types', columns.values.to_h,
      'order_id' => 'integer', 'ordered_at' => 'timestamp without time zone', 'goods_value' => 'numeric',
      'is_gift' => 'boolean', 'order_count' => 'bigint')
db.prepare('by_channel', 'SELECT channel, MEASURE(order_count) FROM sales WHERE channel = $1 GROUP BY channel')
check('runs a prepared statement', db.exec_prepared('by_channel', ['web']).values, [['web', 30719]])
check('knows the types of a result', db.describe_prepared('by_channel').ftype(1), 20)
values = db.exec('SELECT order_id, is_gift, ordered_at FROM sales ORDER BY order_id LIMIT 1').values.first
check('values come as Ruby knows them', [values[0], values[1], values[2].to_s[0, 19]], [1, false, '2024-01-01 02:08:23'])
db.send_query('SELECT order_id FROM sales WHERE order_id <= 5000')
db.set_single_row_mode
seen = 0
db.get_result.stream_each { seen += 1 }
db.get_result
check('streams row by row', seen, 2918)
db.send_query('SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c')
sleep 0.5
check('sends a cancel', db.cancel, nil)
begin
  db.get_last_result
  check('cancels', 'an answer', PG::QueryCanceled)
rescue PG::QueryCanceled => e
  check('cancels', e.message.lines.first.chomp, 'ERROR:  canceling statement due to user request')
end
check('the connection goes on', db.exec('SELECT 1').getvalue(0, 0), 1)
begin
  db.exec('SELECT nothing FROM sales')
  check('an error has its position', 'an answer', PG::UndefinedColumn)
rescue PG::UndefinedColumn => e
  check('an error has its position', e.result.error_field(PG::PG_DIAG_STATEMENT_POSITION), '8')
end
exit($failures.zero? ? 0 : 1)
