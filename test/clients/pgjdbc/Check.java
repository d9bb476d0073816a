import java.math.BigDecimal;
import java.sql.*;
import java.util.*;

/** pgjdbc: DatabaseMetaData, fetch size in a transaction, server-prepared statements, batches of pages, cancel. */
public class Check {
  static int failures = 0;

  static void check(String what, Object found, Object expected) {
    if (Objects.equals(found, expected)) {
      System.out.println("ok    " + what);
      return;
    }
    System.out.println("FAIL  " + what + "\n      found    " + found + "\n      expected " + expected);
    failures++;
  }

  static List<String> column(ResultSet rows, String name) throws SQLException {
    List<String> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) found.add(rows.getString(name));
    }
    return found;
  }

  static List<String> keys(ResultSet rows) throws SQLException {
    List<String> found = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        found.add(rows.getString("FKTABLE_NAME") + "." + rows.getString("FKCOLUMN_NAME") + " -> " + rows.getString("PKTABLE_NAME") + "." + rows.getString("PKCOLUMN_NAME"));
      }
    }
    return found;
  }

  /** SQLSTATE and text of the error. */
  static String failure(Statement statement, String sql) {
    try (ResultSet rows = statement.executeQuery(sql)) {
      return "an answer";
    } catch (SQLException error) {
      return error.getSQLState() + " " + error.getMessage().split("\n")[0];
    }
  }

  public static void main(String[] arguments) throws Exception {
    String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    String token = System.getenv("TOKEN_aurora_manager");
    try (Connection connection = DriverManager.getConnection(url, "aurora_manager", token)) {
      DatabaseMetaData meta = connection.getMetaData();
      System.out.println(meta.getDriverName() + " " + meta.getDriverVersion());
      List<String> tables = List.of("baskets", "returns", "sales", "shoppers");
      check("lists the schemas", column(meta.getSchemas(), "TABLE_SCHEM").contains("public"), true);
      check("lists the tables", column(meta.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"}), "TABLE_NAME"), tables);
      Map<String, String> types = new TreeMap<>();
      try (ResultSet rows = meta.getColumns(null, "public", "sales", "%")) {
        while (rows.next()) types.put(rows.getString("COLUMN_NAME"), rows.getString("TYPE_NAME") + " " + rows.getInt("DATA_TYPE"));
      }
      check("lists a whole number", types.get("order_id"), "int4 " + Types.INTEGER);
      check("lists a moment", types.get("ordered_at"), "timestamp " + Types.TIMESTAMP);
      check("lists money", types.get("goods_value"), "numeric " + Types.NUMERIC);
      check("lists a truth value", types.get("is_gift"), "bool " + Types.BIT);
      check("lists a measure", types.get("order_count"), "int8 " + Types.BIGINT);
      check("knows the key", column(meta.getPrimaryKeys(null, "public", "sales"), "COLUMN_NAME"), List.of("order_id"));
      check("knows what it refers to", keys(meta.getImportedKeys(null, "public", "sales")), List.of("sales.customer_id -> shoppers.customer_id"));
      check("and what refers to it", keys(meta.getExportedKeys(null, "public", "sales")), List.of("returns.order_id -> sales.order_id"));
      check("and what joins two tables", keys(meta.getCrossReference(null, "public", "shoppers", null, "public", "sales")), List.of("sales.customer_id -> shoppers.customer_id"));
      check("knows no key of baskets", keys(meta.getImportedKeys(null, "public", "baskets")), List.of());
      check("knows the key's index", column(meta.getIndexInfo(null, "public", "sales", false, true), "INDEX_NAME"), List.of("sales_pkey"));
      Map<String, Integer> known = new TreeMap<>();
      try (ResultSet rows = meta.getTypeInfo()) {
        while (rows.next()) known.put(rows.getString("TYPE_NAME"), rows.getInt("DATA_TYPE"));
      }
      for (String each : new TreeSet<>(types.values())) {
        String name = each.split(" ")[0];
        check("knows the type " + name, name + " " + known.get(name), each);
      }
      check("knows no procedure of ours", column(meta.getProcedures(null, "public", "%"), "PROCEDURE_NAME"), List.of());
      check("knows the kinds of tables", column(meta.getTableTypes(), "TABLE_TYPE").contains("TABLE"), true);

      // From the fifth execution on the driver prepares on the server and asks for binary results.
      try (PreparedStatement statement = connection.prepareStatement("SELECT channel, MEASURE(order_count), MEASURE(revenue) FROM sales WHERE channel = ? AND ordered_at >= ? GROUP BY channel")) {
        for (int time = 1; time <= 8; time++) {
          statement.setString(1, "web");
          statement.setTimestamp(2, Timestamp.valueOf("2024-01-01 00:00:00"));
          try (ResultSet rows = statement.executeQuery()) {
            rows.next();
            check("reads with parameters, time " + time, rows.getString(1) + " " + rows.getLong(2) + " " + rows.getBigDecimal(3), "web 30719 16573922.90");
          }
        }
      }
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(500);
        int seen = 0;
        try (ResultSet rows = statement.executeQuery("SELECT order_id, goods_value FROM sales WHERE order_id <= 5000")) {
          while (rows.next()) seen++;
        }
        check("a fetch size reads page by page", seen, 2918);
      }
      connection.commit();
      connection.setAutoCommit(true);

      String slow = "SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c";
      String cancelled = "57014 ERROR: canceling statement due to user request";
      try (Statement statement = connection.createStatement()) {
        new Timer(true).schedule(new TimerTask() {
          public void run() {
            try {
              statement.cancel();
            } catch (SQLException error) {
              check("sends a cancel", error, null);
            }
          }
        }, 1000);
        check("cancels", failure(statement, slow), cancelled);
        statement.setQueryTimeout(1);
        check("a timeout cancels", failure(statement, slow), cancelled);
        statement.setQueryTimeout(0);
        check("an error has its code", failure(statement, "SELECT nothing FROM sales").split(" ")[0], "42703");
      }
      try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SELECT goods_value FROM sales WHERE order_id = 1")) {
        rows.next();
        check("the connection goes on", rows.getBigDecimal(1), new BigDecimal("966.11"));
        check("result columns say their scale", rows.getMetaData().getScale(1), 2);
      }
      connection.setReadOnly(true);
      check("is valid", connection.isValid(5), true);
    }
    System.exit(failures == 0 ? 0 : 1);
  }
}
