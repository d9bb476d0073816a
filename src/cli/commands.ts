/**
 * The commands of semwire, with their help. What runs one is loaded when it is asked for: who wants the help, or a
 * token, need not wait for the warehouses' drivers.
 */
import type { Command } from './command.ts';

export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'serves the model to PostgreSQL clients',
    help: `Usage: semwire serve [--model DIR] [--host ADDRESS] [--port N] [OPTIONS]

Serves the semantic model of DIR (default ./model) to any PostgreSQL client.
The password is a JWT; its claims decide what is seen.

Every variable of the environment is an option too: SEMWIRE_PORT is --port, SEMWIRE_WAREHOUSE_URL is
--warehouse-url, and so on (see the README); secrets have no option.

SIGTERM lets running statements end; a second one ends them. SIGHUP reads the model, keys and certificates again.

Examples:
  semwire serve
  semwire serve --model ../reports/model --port 5433 --warehouse-url postgres://semwire@localhost/shop`,
    run: async (args) => (await import('./serve.ts')).runServe(args),
  },
  {
    name: 'token',
    summary: 'signs a token: the password of a client',
    help: `Usage: semwire token --persona NAME | --context JSON [--ttl 1h] [--user NAME] [OPTIONS]

Prints one signed JWT and nothing else.

  --persona NAME   the security context of a persona in security-contexts.sc.yml of the model
  --context JSON   the security context itself, an object of claims
  --ttl TIME       how long the token lasts: 30min, 1h, 30d (default 1h, at most SEMWIRE_JWT_MAX_TTL)
  --user NAME      the claim "sub", and the one that SEMWIRE_JWT_USER_CLAIM names
  --model DIR      the model folder (default ./model)

It is signed with SEMWIRE_JWT_SECRET, or with the secret that a server started in this folder made for itself
(.semwire/jwt-secret). Issuer and audience are what the configuration asks for; iat and exp are set.

Examples:
  semwire token --persona aurora_manager
  semwire token --context '{"tenant_id": "aurora", "groups": ["manager"]}' --ttl 30d --user metabase
  PGPASSWORD=$(semwire token --persona aurora_manager) psql -h 127.0.0.1 -p 15432 -U me semwire`,
    run: async (args) => (await import('./token.ts')).runToken(args),
  },
  {
    name: 'check',
    summary: 'says what is wrong with a model, or with a token',
    help: `Usage: semwire check [--access] [--token JWT] [OPTIONS]

Loads the model and asks the warehouse whether it accepts the SQL in it. Prints each problem as
file:line:column: error|warning: message, the file relative to the model folder. A model that depends on the security
context is checked as each persona of security-contexts.sc.yml has it.

  --access      lists tables without any policy, policies that grant nothing, claims that are read and where, and
                text of the authors' own that becomes SQL
  --token JWT   says why the token is refused, or whose it is, when it ends, and which tables it sees
  --model DIR   the model folder (default ./model)

Exit code: 0, or 1 when there is an error (warnings are none) or the token is refused.

Examples:
  semwire check
  semwire check --model ../reports/model --warehouse-url postgres://me@localhost/shop
  semwire check --token "$TOKEN"`,
    run: async (args) => (await import('./check.ts')).runCheck(args),
  },
  {
    name: 'explain',
    summary: 'shows the warehouse SQL of a query; runs nothing',
    help: `Usage: semwire explain [--persona NAME | --context JSON] [OPTIONS] SQL

Prints the SQL that the warehouse would get for a query of this person, and the values that are bound to it.
The query is not run; the warehouse is only asked for the types of the model's columns.

  --persona NAME   a persona in security-contexts.sc.yml of the model
  --context JSON   a security context, an object of claims (default {})
  --model DIR      the model folder (default ./model)

Exit code: 0, or 1 when the query is refused.

Examples:
  semwire explain --persona aurora_support "SELECT region, MEASURE(order_count) FROM sales GROUP BY region"
  semwire explain --context '{"tenant_id": "aurora", "groups": ["manager"]}' "SELECT status, revenue FROM sales"`,
    run: async (args) => (await import('./explain.ts')).runExplain(args),
  },
  {
    name: 'test',
    summary: 'runs the access tests of the model',
    help: `Usage: semwire test [OPTIONS]

Runs the access tests in tests/*.yml of the model folder against the warehouse, as the personas and security contexts
that they name, and says of each that fails which rows or columns there were too many or too few of, and under which
policies they were read.

  --model DIR   the model folder (default ./model)

A test is {name, as: PERSONA | context: {claims}, sql, expect}; what can be expected:

  rows: [[…], …]            the rows, in their order if the statement has an ORDER BY
  row_count: N              so many
  columns: [name, …]        the names of the columns
  error: "SQLSTATE"         the statement is refused
  sees: [table.column, …]   these are there, whatever the statement
  cannot_see: [table, …]    these are not

Exit code: 0, or 1 when a test fails or cannot be read.

Examples:
  semwire test
  semwire test --model ../reports/model --warehouse-url postgres://me@localhost/shop`,
    run: async (args) => (await import('./test.ts')).runTest(args),
  },
  {
    name: 'query',
    summary: 'asks a running server, and prints the answer as a table',
    help: `Usage: semwire query --persona NAME | --context JSON | --token JWT [--user NAME] [OPTIONS] SQL

Asks the server that this configuration describes (--host, --port), over the PostgreSQL protocol, and prints what
psql would print. SQL is one argument; it may hold several statements.

  --persona NAME   signs a token for a persona of the model
  --context JSON   signs a token for this security context
  --token JWT      a token that you have
  --user NAME      the user name (default: the token's subject), and the identity where SEMWIRE_AUTH takes no token
  --model DIR      the model folder, for the personas (default ./model)

Without one of the first three the security context is empty.
Exit code: 0, or 1 when the statement failed or no server answers.

Examples:
  semwire query --persona aurora_analyst "SELECT region, revenue FROM sales ORDER BY region"
  semwire query --context '{"tenant_id": "aurora", "groups": ["manager"]}' "SELECT COUNT(*) FROM sales"
  semwire query --token "$TOKEN" --port 5432 "SELECT current_user"`,
    run: async (args) => (await import('./query.ts')).runQuery(args),
  },
];
