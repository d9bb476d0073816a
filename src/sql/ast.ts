/**
 * The whole SQL that semwire understands, as one closed tree.
 *
 * Client text becomes this tree in parse.ts (what has no node here is refused with 0A000), and the warehouse's text
 * is printed from this tree in print.ts. Nothing passes through unread.
 * `at` is the 0-based offset of the node in the client's text, in UTF-16 code units; it takes no part in equality.
 */

// Statements

export type Statement =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'set'; readonly local: boolean; readonly name: string; readonly values: readonly SettingValue[] }
  | { readonly kind: 'set-default'; readonly local: boolean; readonly name: string }
  | { readonly kind: 'set-transaction'; readonly session: boolean; readonly options: readonly TransactionOption[] }
  | { readonly kind: 'set-constraints' }
  | { readonly kind: 'reset'; readonly name: string | 'all' }
  | { readonly kind: 'show'; readonly name: string }
  | { readonly kind: 'begin'; readonly options: readonly TransactionOption[] }
  | { readonly kind: 'commit'; readonly chain: boolean }
  | { readonly kind: 'rollback'; readonly chain: boolean }
  | { readonly kind: 'savepoint'; readonly name: string }
  | { readonly kind: 'release'; readonly name: string }
  | { readonly kind: 'rollback-to'; readonly name: string }
  | {
      readonly kind: 'prepare';
      readonly name: string;
      readonly types: readonly TypeName[];
      readonly statement: Statement;
    }
  | { readonly kind: 'execute'; readonly name: string; readonly args: readonly Expr[] }
  | { readonly kind: 'deallocate'; readonly name: string | undefined }
  | {
      readonly kind: 'declare';
      readonly name: string;
      readonly binary: boolean;
      readonly scroll: boolean | undefined;
      readonly hold: boolean;
      readonly query: Query;
    }
  | { readonly kind: 'fetch'; readonly cursor: string; readonly move: boolean; readonly direction: FetchDirection }
  | { readonly kind: 'close'; readonly cursor: string | undefined }
  | { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'sequences' | 'temp' }
  | { readonly kind: 'copy-out'; readonly query: Query; readonly options: CopyOptions }
  | ({ readonly kind: 'explain'; readonly statement: Statement } & ExplainOptions)
  | { readonly kind: 'listen'; readonly name: string }
  | { readonly kind: 'unlisten' }
  /** Writes (25006) and everything else that is no query (0A000); `tag` is the command as PostgreSQL names it. */
  | { readonly kind: 'refused'; readonly tag: string; readonly writes: boolean };

/** A parsed statement and the part of the client's text that it came from. */
export type SourceStatement = {
  readonly statement: Statement;
  /** The statement's own text, without what precedes or follows it. */
  readonly text: string;
  /** Offset of `text` in the whole message, UTF-16 code units; positions in the tree count from the whole message. */
  readonly offset: number;
  /** Highest $n that is mentioned, 0 if none. */
  readonly parameterCount: number;
};

export type SettingValue = { readonly kind: 'string' | 'identifier' | 'number'; readonly text: string };
export type TransactionOption = { readonly name: string; readonly value: string };
export type FetchDirection =
  | { readonly kind: 'forward' | 'backward'; readonly count: number | 'all' }
  | { readonly kind: 'absolute' | 'relative'; readonly count: number };
/** @property summary whether times are told: with ANALYZE, unless the client says otherwise, as in PostgreSQL */
export type ExplainOptions = {
  readonly analyze: boolean;
  readonly format: 'text' | 'json';
  readonly summary: boolean;
};
export type CopyOptions = {
  readonly format: 'text' | 'csv' | 'binary';
  readonly header: boolean;
  readonly delimiter: string | undefined;
  readonly null: string | undefined;
  readonly quote: string | undefined;
  readonly escape: string | undefined;
  readonly forceQuote: readonly string[] | 'all' | undefined;
};

// Queries

export type Query = {
  readonly with: With | undefined;
  readonly body: QueryBody;
  readonly orderBy: readonly SortItem[];
  readonly limit: Expr | undefined;
  readonly offset: Expr | undefined;
  readonly withTies: boolean;
};

export type With = { readonly recursive: boolean; readonly ctes: readonly Cte[] };
export type Cte = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly materialized: boolean | undefined;
  readonly query: Query;
  readonly at?: number | undefined;
};

export type QueryBody = Select | SetOperation | Values;

export type Select = {
  readonly kind: 'select';
  /** false: all rows; true: DISTINCT; a list: DISTINCT ON. */
  readonly distinct: boolean | readonly Expr[];
  readonly items: readonly SelectItem[];
  /** Comma-separated items of FROM. */
  readonly from: readonly TableRef[];
  readonly where: Expr | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expr | undefined;
  readonly windows: readonly NamedWindow[];
};
export type SetOperation = {
  readonly kind: 'set-operation';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
};
export type Values = { readonly kind: 'values'; readonly rows: readonly (readonly Expr[])[] };

export type SelectItem =
  | { readonly kind: 'expr'; readonly expr: Expr; readonly alias: string | undefined; readonly at?: number | undefined }
  /** `*` (path empty), `t.*`, `public.t.*` */
  | { readonly kind: 'star'; readonly path: readonly string[]; readonly at?: number | undefined };

export type GroupBy = { readonly distinct: boolean; readonly items: readonly GroupItem[] };
export type GroupItem =
  | { readonly kind: 'expr'; readonly expr: Expr }
  | { readonly kind: 'empty' }
  /** `(a, b)` inside a grouping set, ROLLUP or CUBE: one element. */
  | { readonly kind: 'list'; readonly items: readonly GroupItem[] }
  | { readonly kind: 'rollup' | 'cube' | 'sets'; readonly items: readonly GroupItem[] };

export type SortItem = {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last' | undefined;
};

export type NamedWindow = { readonly name: string; readonly window: WindowSpec };
export type WindowSpec = {
  /** `OVER (w …)`: the named window that this one refines. */
  readonly base: string | undefined;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortItem[];
  readonly frame: Frame | undefined;
};
export type Frame = {
  readonly mode: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end: FrameBound | undefined;
  readonly exclude: 'current-row' | 'group' | 'ties' | undefined;
};
export type FrameBound =
  | { readonly kind: 'unbounded-preceding' | 'current-row' | 'unbounded-following' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expr };

export type TableAlias = { readonly name: string; readonly columns: readonly string[] };

export type TableRef =
  | {
      readonly kind: 'table';
      readonly path: readonly string[];
      readonly alias: TableAlias | undefined;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: 'subquery';
      readonly query: Query;
      readonly lateral: boolean;
      readonly alias: TableAlias | undefined;
      readonly at?: number | undefined;
    }
  /** A set-returning function in FROM. */
  | {
      readonly kind: 'function';
      readonly call: Call;
      readonly ordinality: boolean;
      readonly lateral: boolean;
      readonly alias: TableAlias | undefined;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: 'join';
      readonly type: 'inner' | 'left' | 'right' | 'full' | 'cross';
      readonly natural: boolean;
      readonly left: TableRef;
      readonly right: TableRef;
      readonly on: Expr | undefined;
      readonly using: readonly string[];
      /** `(a JOIN b …) AS j`: hides the names of both sides. */
      readonly alias: TableAlias | undefined;
      /** `JOIN … USING (…) AS j`: names the joined columns only and hides nothing. */
      readonly usingAlias?: string | undefined;
    }
  /** A relation of the model author's: printed as it was written. Only the planner makes one. */
  | { readonly kind: 'opaque-table'; readonly text: OpaqueText; readonly alias: string };

// Expressions

export type Expr =
  | { readonly kind: 'column'; readonly path: readonly string[]; readonly at?: number | undefined }
  | { readonly kind: 'parameter'; readonly index: number; readonly at?: number | undefined }
  | Literal
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expr; readonly at?: number | undefined }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expr;
      readonly right: Expr;
      readonly at?: number | undefined;
    }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expr[] }
  | { readonly kind: 'not'; readonly operand: Expr }
  | {
      readonly kind: 'is';
      readonly test: IsTest;
      readonly negated: boolean;
      readonly operand: Expr;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: 'distinct-from';
      readonly negated: boolean;
      readonly left: Expr;
      readonly right: Expr;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly symmetric: boolean;
      readonly operand: Expr;
      readonly low: Expr;
      readonly high: Expr;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: 'in-list';
      readonly negated: boolean;
      readonly operand: Expr;
      readonly items: readonly Expr[];
      readonly at?: number | undefined;
    }
  /** LIKE `~~`, ILIKE `~~*`, SIMILAR TO `similar`; `escape` undefined is the default backslash. */
  | {
      readonly kind: 'like';
      readonly variant: 'like' | 'ilike' | 'similar';
      readonly negated: boolean;
      readonly operand: Expr;
      readonly pattern: Expr;
      readonly escape: Expr | undefined;
      readonly at?: number | undefined;
    }
  /** `x op ANY (array)`, `x op ALL (array)` */
  | {
      readonly kind: 'quantified';
      readonly quantifier: 'any' | 'all';
      readonly operator: string;
      readonly left: Expr;
      readonly array: Expr;
      readonly at?: number | undefined;
    }
  | { readonly kind: 'exists'; readonly query: Query; readonly at?: number | undefined }
  | { readonly kind: 'scalar-subquery'; readonly query: Query; readonly at?: number | undefined }
  | { readonly kind: 'array-subquery'; readonly query: Query; readonly at?: number | undefined }
  /** `x IN (SELECT …)` is `x = ANY (SELECT …)`; NOT IN is a `not` around it, as PostgreSQL parses it. */
  | {
      readonly kind: 'quantified-subquery';
      readonly quantifier: 'any' | 'all';
      readonly operator: string;
      readonly left: Expr;
      readonly query: Query;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: 'case';
      readonly operand: Expr | undefined;
      readonly branches: readonly CaseBranch[];
      readonly otherwise: Expr | undefined;
      readonly at?: number | undefined;
    }
  | {
      readonly kind: 'coalesce' | 'greatest' | 'least';
      readonly args: readonly Expr[];
      readonly at?: number | undefined;
    }
  | { readonly kind: 'nullif'; readonly left: Expr; readonly right: Expr; readonly at?: number | undefined }
  | { readonly kind: 'cast'; readonly operand: Expr; readonly type: TypeName; readonly at?: number | undefined }
  | {
      readonly kind: 'collate';
      readonly operand: Expr;
      readonly collation: readonly string[];
      readonly at?: number | undefined;
    }
  | { readonly kind: 'array'; readonly items: readonly Expr[]; readonly at?: number | undefined }
  /** `ROW(a, b)` and `(a, b)` */
  | { readonly kind: 'row'; readonly items: readonly Expr[]; readonly at?: number | undefined }
  | { readonly kind: 'subscript'; readonly operand: Expr; readonly index: Expr; readonly at?: number | undefined }
  | {
      readonly kind: 'slice';
      readonly operand: Expr;
      readonly low: Expr | undefined;
      readonly high: Expr | undefined;
      readonly at?: number | undefined;
    }
  /**
   * `(x).f`, `(x).*` (name undefined), and `t.*` inside an expression. Only catalog queries may hold one (pgjdbc's and
   * pgAdmin's do): over exposed tables there are no composite values, and it is 42703 (security cases A52, A56).
   */
  | {
      readonly kind: 'field';
      readonly operand: Expr;
      readonly name: string | undefined;
      readonly at?: number | undefined;
    }
  /** CURRENT_DATE, LOCALTIMESTAMP(3), CURRENT_USER … by their lower-case SQL name */
  | {
      readonly kind: 'sql-value';
      readonly name: SqlValueName;
      readonly precision: number | undefined;
      readonly at?: number | undefined;
    }
  | { readonly kind: 'grouping'; readonly args: readonly Expr[]; readonly at?: number | undefined }
  | Call
  /** SQL of the model author's: printed as it was written. Only the planner makes one. */
  | { readonly kind: 'opaque'; readonly text: OpaqueText }
  /** A value that the gateway binds: a claim, a limit. Only the planner makes one. */
  | { readonly kind: 'bind'; readonly bind: number; readonly type: string };

export type Literal =
  | { readonly kind: 'null'; readonly at?: number | undefined }
  | { readonly kind: 'boolean'; readonly value: boolean; readonly at?: number | undefined }
  /** The digits as written: never a JavaScript number. */
  | { readonly kind: 'number'; readonly text: string; readonly at?: number | undefined }
  | { readonly kind: 'string'; readonly value: string; readonly at?: number | undefined };

export type IsTest = 'null' | 'true' | 'false' | 'unknown';
export type CaseBranch = { readonly when: Expr; readonly then: Expr };
export type SqlValueName =
  | 'current_date'
  | 'current_time'
  | 'current_timestamp'
  | 'localtime'
  | 'localtimestamp'
  | 'current_role'
  | 'current_user'
  | 'user'
  | 'session_user'
  | 'current_catalog'
  | 'current_schema';

/**
 * A function call. SQL's own spellings arrive as the function behind them, as PostgreSQL's grammar does it:
 * EXTRACT → pg_catalog.extract, AT TIME ZONE → pg_catalog.timezone, POSITION → pg_catalog.position,
 * SUBSTRING → pg_catalog.substring, TRIM → pg_catalog.btrim/ltrim/rtrim, OVERLAY → pg_catalog.overlay.
 */
export type Call = {
  readonly kind: 'call';
  readonly path: readonly string[];
  readonly args: readonly CallArgument[];
  /** `count(*)` */
  readonly star: boolean;
  readonly distinct: boolean;
  /** ORDER BY inside an aggregate call, or WITHIN GROUP's when `withinGroup`. */
  readonly orderBy: readonly SortItem[];
  readonly withinGroup: boolean;
  readonly filter: Expr | undefined;
  /** OVER name, or OVER (…) */
  readonly over: string | WindowSpec | undefined;
  readonly at?: number | undefined;
};
export type CallArgument = { readonly name: string | undefined; readonly variadic: boolean; readonly value: Expr };

/** A type as written: `numeric(10,2)[]` is path ['numeric'], modifiers ['10','2'], dimensions 1. */
export type TypeName = {
  readonly path: readonly string[];
  readonly modifiers: readonly string[];
  /** `interval day to second` and the like: the field mask in words, else undefined. */
  readonly intervalFields?: string | undefined;
  readonly dimensions: number;
  readonly at?: number | undefined;
};

/** Text of the model author's with holes: further opaque text, and binds. */
export type OpaqueText = readonly OpaquePart[];
export type OpaquePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expr'; readonly expr: Expr };
