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
      column(meta.getImportedKeys(null, "public", "sales"), "FKCOLUMN_NAME");
      column(meta.getExportedKeys(null, "public", "sales"), "FKCOLUMN_NAME");
      column(meta.getIndexInfo(null, "public", "sales", false, true), "INDEX_NAME");
      check("knows the types", column(meta.getTypeInfo(), "TYPE_NAME").contains("numeric"), true);
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

      try (Statement statement = connection.createStatement()) {
        statement.setQueryTimeout(1);
        statement.executeQuery("SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c");
        check("cancels", "an answer", "57014");
      } catch (SQLException error) {
        check("cancels", error.getSQLState(), "57014");
      }
      try (Statement statement = connection.createStatement()) {
        statement.executeQuery("SELECT nothing FROM sales");
      } catch (SQLException error) {
        check("an error has its code", error.getSQLState(), "42703");
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
