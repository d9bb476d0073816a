# Active Record: what Rails asks when it connects, tables, columns, keys, models, relations, prepared statements.
require 'active_record'

$failures = 0
def check(what, found, expected)
  return puts("ok    #{what}") if found == expected

  puts "FAIL  #{what}\n      found    #{found.inspect}\n      expected #{expected.inspect}"
  $failures += 1
end

def settings(persona)
  { adapter: 'postgresql', host: ENV['PGHOST'], port: ENV['PGPORT'], database: ENV['PGDATABASE'],
    username: persona, password: ENV["TOKEN_#{persona}"] }
end

puts "Active Record #{ActiveRecord::VERSION::STRING}"
ActiveRecord::Base.establish_connection(settings('aurora_manager'))

class Shopper < ActiveRecord::Base
  self.primary_key = 'customer_id'
  has_many :sales, class_name: 'Sale', foreign_key: 'customer_id'
end

class Sale < ActiveRecord::Base
  belongs_to :shopper, foreign_key: 'customer_id'
end

db = ActiveRecord::Base.connection
check('lists the tables', db.tables.sort, %w[baskets returns sales shoppers])
check('knows which exist', [db.table_exists?('sales'), db.table_exists?('orders')], [true, false])
types = db.columns('sales').to_h { |column| [column.name, column.sql_type] }
check('lists columns with their types', types.slice('order_id', 'ordered_at', 'goods_value', 'is_gift', 'order_count'),
      'order_id' => 'integer', 'ordered_at' => 'timestamp without time zone', 'goods_value' => 'numeric(12,2)',
      'is_gift' => 'boolean', 'order_count' => 'bigint')
check('comments', db.table_comment('sales'), 'Sales: Orders with their customers. One row for each order.')
check('knows the key', Sale.primary_key, 'order_id')
keys = db.foreign_keys('sales').map { |key| [key.to_table, key.column, key.primary_key] }
check('and what it refers to', keys, [%w[shoppers customer_id customer_id]])

sale = Sale.find(1)
check('finds by key', [sale.status, sale.goods_value, sale.is_gift, sale.ordered_at.utc.iso8601],
      ['completed', BigDecimal('966.11'), false, '2024-01-01T02:08:23Z'])
check('follows a reference', sale.shopper.name, 'Günter Papadopoulos')
check('and back', sale.shopper.sales.where(order_id: 1).count, 1)
3.times { check('a statement again, prepared', Sale.where(channel: 'web').count, 30_719) }
check('groups a measure', Sale.group(:channel).order(:channel).sum(:order_count),
      'app' => 19_052, 'marketplace' => 6444, 'phone' => 2974, 'web' => 30_719)
check('joins', Sale.joins(:shopper).where(shoppers: { loyalty_tier: 'gold' }).distinct.count('shoppers.customer_id'), 386)
check('pages', Sale.order(:order_id).limit(3).offset(1).pluck(:order_id), [2, 3, 4])
check('in portions', Sale.where('order_id < 100').find_each(batch_size: 20).count, Sale.where('order_id < 100').count)
check('a query of its own', db.select_value("SELECT measure(revenue) FROM sales WHERE channel = 'phone'").to_s('F'), '1600496.76')
check('exists?', Sale.where(status: 'lost').exists?, false)

state = begin
  Sale.transaction { Sale.where('nothing = 1').to_a }
rescue ActiveRecord::StatementInvalid => e
  e.cause.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
end
check('an error has its code', state, '42703')
state = begin
  sale.update!(status: 'lost')
rescue ActiveRecord::StatementInvalid => e
  e.cause.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
end
check('nothing can be written', state, '25006')
canceller = Thread.new { sleep(1) && db.raw_connection.cancel }
told = begin
  db.select_value('SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c')
rescue ActiveRecord::QueryCanceled => e
  e.cause.message.lines.first.chomp
end
check('cancels, by the driver\'s call', [told, canceller.value], ['ERROR:  canceling statement due to user request', nil])
check('the connection goes on', db.select_value('SELECT 1'), 1)

ActiveRecord::Base.establish_connection(settings('aurora_support'))
check('shows support its own tables alone', ActiveRecord::Base.connection.tables.sort, %w[baskets sales shoppers])
check('and its own columns', ActiveRecord::Base.connection.columns('sales').map(&:name).include?('revenue'), false)
exit($failures.zero?)
