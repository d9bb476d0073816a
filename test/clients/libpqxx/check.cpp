// libpqxx: prepared statements, a cursor that is read in portions, subtransactions, the state of an error, cancel.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <pqxx/pqxx>
#include <sstream>
#include <string>
#include <thread>

static int failures = 0;

static void check(const std::string &what, const std::string &found, const std::string &expected) {
  if (found == expected) {
    std::cout << "ok    " << what << "\n";
    return;
  }
  std::cout << "FAIL  " << what << "\n      found    " << found << "\n      expected " << expected << "\n";
  failures++;
}

static std::string joined(const pqxx::result &result) {
  std::ostringstream text;
  for (const auto &row : result) {
    for (const auto &field : row) text << (field.is_null() ? "NULL" : field.c_str()) << ' ';
  }
  std::string all = text.str();
  return all.empty() ? all : all.substr(0, all.size() - 1);
}

int main() {
  // Host, port and database come from the environment, as libpq reads them.
  pqxx::connection connection{std::string{"user=aurora_manager password="} + std::getenv("TOKEN_aurora_manager")};
  std::cout << "libpqxx " << PQXX_VERSION << "\n";
  {
    pqxx::read_transaction work{connection};
    check("lists the tables",
          joined(work.exec("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public' ORDER BY 1")),
          "baskets returns sales shoppers");
    check("lists columns with their types",
          joined(work.exec("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'sales' AND "
                           "column_name IN ('order_id', 'ordered_at', 'order_count') ORDER BY ordinal_position")),
          "order_id integer ordered_at timestamp without time zone order_count bigint");
    pqxx::result types = work.exec("SELECT order_id, ordered_at, goods_value, order_count FROM sales LIMIT 0");
    std::ostringstream oids;
    for (pqxx::row_size_type i = 0; i < types.columns(); i++) oids << types.column_type(i) << ' ';
    check("columns have their types", oids.str(), "23 1114 1700 20 ");
    check("reads with parameters",
          joined(work.exec_params("SELECT channel, MEASURE(order_count) FROM sales WHERE channel = $1 GROUP BY 1", "web")),
          "web 30719");
  }
  connection.prepare("since", "SELECT COUNT(*) FROM sales WHERE ordered_at >= $1 AND is_gift = $2");
  {
    pqxx::read_transaction work{connection};
    const auto first = work.exec_prepared1("since", "2024-01-01", false)[0].as<long>();
    const auto again = work.exec_prepared1("since", "2030-01-01", false)[0].as<long>();
    check("a prepared statement again and again", std::to_string(first > 50000) + std::to_string(again), "10");
    pqxx::stateless_cursor<pqxx::cursor_base::read_only, pqxx::cursor_base::owned> cursor{
        work, "SELECT order_id FROM sales ORDER BY 1", "pages", false};
    check("a cursor: its size, and rows from its middle",
          std::to_string(cursor.size()) + " " + joined(cursor.retrieve(2, 4)), "59189 3 4");
  }
  {
    pqxx::work work{connection};
    std::string state = "an answer";
    try {
      pqxx::subtransaction inner{work, "inner"};
      inner.exec("SELECT nothing FROM sales");
    } catch (const pqxx::sql_error &error) {
      state = error.sqlstate();
    }
    check("an error has its code", state, "42703");
    check("and the transaction around goes on", joined(work.exec("SELECT 1")), "1");
  }
  std::thread canceller{[&connection] {
    std::this_thread::sleep_for(std::chrono::seconds{1});
    connection.cancel_query();
  }};
  std::string told = "an answer";
  try {
    pqxx::read_transaction{connection}.exec("SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c");
  } catch (const pqxx::sql_error &error) {
    told = error.sqlstate() + " " + error.what();
  }
  canceller.join();
  check("cancels", told.substr(0, told.find('\n')), "57014 ERROR:  canceling statement due to user request");
  check("the connection goes on", joined(pqxx::read_transaction{connection}.exec("SELECT 1")), "1");
  return failures == 0 ? 0 : 1;
}
