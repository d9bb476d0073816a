# RPostgreSQL: the DBI calls of a session in R: tables, fields, types, queries with parameters, chunks, errors.
suppressPackageStartupMessages(library(RPostgreSQL))
cat("RPostgreSQL", format(packageVersion("RPostgreSQL")), "\n")

failures <- 0
check <- function(what, found, expected) {
  if (identical(found, expected)) return(cat("ok   ", what, "\n"))
  cat("FAIL ", what, "\n      found   ", format(found), "\n      expected", format(expected), "\n")
  failures <<- failures + 1
}
connect <- function(persona) {
  dbConnect(dbDriver("PostgreSQL"), host = Sys.getenv("PGHOST"), port = as.integer(Sys.getenv("PGPORT")),
    dbname = Sys.getenv("PGDATABASE"), user = persona, password = Sys.getenv(paste0("TOKEN_", persona)))
}

db <- connect("aurora_manager")
# It lists those of all schemas, by name alone; what `semwire` holds depends on who asks.
own <- dbGetQuery(db, "SELECT tablename FROM pg_tables WHERE schemaname = 'semwire'")$tablename
check("lists the tables", sort(setdiff(dbListTables(db), own)), c("baskets", "returns", "sales", "shoppers"))
check("knows which exist", c(dbExistsTable(db, "sales"), dbExistsTable(db, "orders")), c(TRUE, FALSE))
check("lists columns", all(c("order_id", "ordered_at", "order_count") %in% dbListFields(db, "sales")), TRUE)
columns <- dbGetQuery(db, "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1
  AND column_name IN ('order_id', 'ordered_at', 'goods_value', 'is_gift', 'order_count') ORDER BY ordinal_position", params = list("sales"))
check("lists columns with their types", setNames(columns$data_type, columns$column_name), c(order_id = "integer",
  ordered_at = "timestamp without time zone", goods_value = "numeric", is_gift = "boolean", order_count = "bigint"))
result <- dbSendQuery(db, "SELECT order_id, ordered_at, goods_value, is_gift, status FROM sales WHERE order_id <= 3 ORDER BY 1")
info <- dbColumnInfo(result)
check("knows the types of a result", as.character(info$type), c("INTEGER", "TIMESTAMP", "DECIMAL", "BOOL", "TEXT"))
first <- fetch(result, 2)
check("and as R's own", sapply(first, function(column) class(column)[1]),
  c(order_id = "integer", ordered_at = "POSIXct", goods_value = "numeric", is_gift = "logical", status = "character"))
check("reads in portions", c(nrow(first), nrow(fetch(result, -1))), c(2L, 1L))
invisible(dbClearResult(result))
web <- dbGetQuery(db, "SELECT MEASURE(order_count) AS n FROM sales WHERE channel = $1", params = list("web"))
check("reads with parameters", as.numeric(web$n), 30719)
revenue <- dbGetQuery(db, "SELECT channel, MEASURE(revenue) AS revenue FROM sales GROUP BY 1 ORDER BY 1")
check("a data frame", revenue$revenue, c(10182911.23, 3417374.84, 1600496.76, 16573922.90))
failure <- function(sql) {
  suppressWarnings(try(dbGetQuery(db, sql), silent = TRUE))
  dbGetException(db)$errorMsg
}
check("an error has its text", grepl('column "nothing" does not exist', failure("SELECT nothing FROM sales")), TRUE)
# RPostgreSQL has no call that cancels: another session does.
pid <- dbGetQuery(db, "SELECT pg_backend_pid() AS pid")$pid
system2("node_modules/.bin/tsx", c("test/clients/session.ts", "cancel", pid), wait = FALSE)
slow <- "SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c"
check("is cancelled", grepl("canceling statement due to user request", failure(slow)), TRUE)
check("the connection goes on", dbGetQuery(db, "SELECT 1 AS one")$one, 1L)
invisible(dbDisconnect(db))

db <- connect("aurora_support")
check("shows support its regions", dbGetQuery(db, "SELECT DISTINCT region FROM sales")$region, "Nordics")
check("and no table returns", dbExistsTable(db, "returns"), FALSE)
invisible(dbDisconnect(db))
quit(status = min(failures, 1))
