-- LuaSQL: libpq's simple protocol alone, types by name from the catalog, every value a string.
local luasql = require("luasql.postgres")
print(luasql._VERSION)

local failures = 0
local function check(what, found, expected)
  if found == expected then
    print("ok    " .. what)
  else
    failures = failures + 1
    print(("FAIL  %s\n      found    %s\n      expected %s"):format(what, tostring(found), tostring(expected)))
  end
end

local function values(cursor)
  local all = {}
  local row = cursor:fetch({})
  while row do
    all[#all + 1] = table.concat(row, " ")
    row = cursor:fetch({})
  end
  return table.concat(all, ", ")
end

local environment = luasql.postgres()
local source = ("host=%s port=%s dbname=%s"):format(os.getenv("PGHOST"), os.getenv("PGPORT"), os.getenv("PGDATABASE"))
local connection = assert(environment:connect(source, "aurora_manager", os.getenv("TOKEN_aurora_manager")))

check("lists the tables", values(connection:execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")),
  "baskets, returns, sales, shoppers")
check("lists columns with their types", values(connection:execute("SELECT column_name, data_type FROM information_schema.columns " ..
  "WHERE table_name = 'sales' AND column_name IN ('order_id', 'ordered_at', 'order_count') ORDER BY ordinal_position")),
  "order_id integer, ordered_at timestamp without time zone, order_count bigint")
local cursor = connection:execute("SELECT order_id, ordered_at, goods_value, is_gift, order_count FROM sales LIMIT 1")
check("names of columns", table.concat(cursor:getcolnames(), " "), "order_id ordered_at goods_value is_gift order_count")
check("their types, asked of pg_type", table.concat(cursor:getcoltypes(), " "), "int4 timestamp numeric bool int8")
cursor:close()
local quoted = connection:escape("web'; DROP TABLE sales; --")
check("text is quoted", values(connection:execute("SELECT COUNT(*) FROM sales WHERE channel = '" .. quoted .. "'")), "0")
check("reads", values(connection:execute("SELECT channel, MEASURE(order_count) FROM sales GROUP BY 1 ORDER BY 1")),
  "app 19052, marketplace 6444, phone 2974, web 30719")
local answer, problem = connection:execute("SELECT nothing FROM sales")
check("an error has its text", answer == nil and problem:find('column "nothing" does not exist', 1, true) ~= nil, true)
-- It has no call that cancels: another session does.
local pid = values(connection:execute("SELECT pg_backend_pid()"))
os.execute("node_modules/.bin/tsx test/clients/session.ts cancel " .. pid .. " &")
answer, problem = connection:execute("SELECT count(*) FROM baskets a CROSS JOIN baskets b CROSS JOIN baskets c")
check("is cancelled", answer == nil and problem:find("canceling statement due to user request", 1, true) ~= nil, true)
check("the connection goes on", values(connection:execute("SELECT 1")), "1")
print("skip  reads with parameters: LuaSQL 2.6 sends text alone")
check("a transaction", connection:setautocommit(false) and values(connection:execute("SELECT 1")), "1")
connection:commit()
connection:close()
os.exit(failures == 0)
