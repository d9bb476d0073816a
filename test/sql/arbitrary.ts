/** Random trees, for properties. Only what the grammar can give: the printer refuses the rest. */
import fc from 'fast-check';
import type { Call, Expr, Query, TableRef, TypeName } from '../../src/sql/ast.ts';

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'select', 'A b', 'a"b', '"', '--', '/*', "it's", 'é', '日本', '😀', 'a\\', 'null', '$1'),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((text) => !text.includes('\0') && text.isWellFormed() && Buffer.byteLength(text) <= 63),
);
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const text = fc.oneof(
  fc.constantFrom('', "'", "''", '\\', "\\'", '--', '/*', ';', '$$', '\n', '\r', "'; DROP TABLE t; --", '😀'),
  fc.string({ unit: 'grapheme', maxLength: 10 }).filter((value) => !value.includes('\0') && value.isWellFormed()),
);
const operator = fc.constantFrom(
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '=',
  '<>',
  '<',
  '>',
  '<=',
  '>=',
  '||',
  '~',
  '!~',
  '->',
  '->>',
  '@>',
  '&&',
  '~~',
  '<<',
  '|',
  '#',
);
const prefix = fc.constantFrom('-', '+', '~', '@', '|/', '!!');
const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.constantFrom('0', '1.0', '1.10', '.5', '1e5', '1.5E-3', '-0.1', '9007199254740993'),
);

const type: fc.Arbitrary<TypeName> = fc.oneof(
  fc.record({
    path: fc.constantFrom(['int4'], ['text'], ['date'], ['my type'], ['s', 't']),
    modifiers: fc.constant([]),
    dimensions: fc.nat(2),
  }),
  fc.record({ path: fc.constant(['numeric']), modifiers: fc.constantFrom(['10'], ['10', '2']), dimensions: fc.nat(1) }),
  fc.record({
    path: fc.constant(['interval']),
    modifiers: fc.constantFrom([], ['3']),
    intervalFields: fc.constantFrom(undefined, 'second', 'day to second'),
    dimensions: fc.nat(1),
  }),
);

/** Mostly left out, or trees grow without end. */
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const list = <T>(arbitrary: fc.Arbitrary<T>, minLength = 1): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength, maxLength: 2 });

/** `IN ((SELECT …))` and `ANY ((SELECT …))` mean the subquery's rows, so the tree has none such. */
const isNoScalarSubquery = (expr: Expr): boolean => expr.kind !== 'scalar-subquery';

/** Counted over expressions, queries and FROM items together; the first choice at the bottom is a leaf. */
const DEPTH = { maxDepth: 3, depthSize: 'small' as const, depthIdentifier: fc.createDepthIdentifier() };

const tree = fc.letrec<{ expr: Expr; query: Query; table: TableRef; call: Call }>((tie) => {
  const expr = tie('expr');
  const query = tie('query');
  const sort = list(
    fc.record({ expr, descending: fc.boolean(), nulls: fc.constantFrom(undefined, 'first' as const, 'last' as const) }),
    0,
  );
  const leaf = fc.oneof(
    fc.record({ kind: fc.constant('column' as const), path }),
    fc.record({ kind: fc.constant('number' as const), text: number }),
    fc.record({ kind: fc.constant('string' as const), value: text }),
    fc.record({ kind: fc.constant('boolean' as const), value: fc.boolean() }),
    fc.constant({ kind: 'null' as const }),
    fc.record({ kind: fc.constant('parameter' as const), index: fc.integer({ min: 1, max: 65_535 }) }),
    fc.record({
      kind: fc.constant('sql-value' as const),
      name: fc.constantFrom('current_date' as const, 'user' as const, 'current_schema' as const),
      precision: fc.constant(undefined),
    }),
    fc.record({
      kind: fc.constant('sql-value' as const),
      name: fc.constantFrom('current_timestamp' as const, 'localtime' as const),
      precision: optional(fc.nat(6)),
    }),
  );
  const over = optional(
    fc.oneof(
      name,
      fc.record({
        base: optional(name),
        partitionBy: list(expr, 0),
        orderBy: sort,
        frame: optional(
          fc.record({
            mode: fc.constantFrom('rows' as const, 'range' as const, 'groups' as const),
            start: fc.oneof(
              fc.constant({ kind: 'unbounded-preceding' as const }),
              fc.record({ kind: fc.constant('preceding' as const), offset: expr }),
            ),
            end: optional(
              fc.oneof(
                fc.constant({ kind: 'current-row' as const }),
                fc.record({ kind: fc.constant('following' as const), offset: expr }),
              ),
            ),
            exclude: fc.constantFrom(undefined, 'ties' as const, 'group' as const, 'current-row' as const),
          }),
        ),
      }),
    ),
  );
  const values = list(fc.record({ name: fc.constant(undefined), variadic: fc.constant(false), value: expr }), 0);
  const plain = { star: fc.constant(false), distinct: fc.constant(false), withinGroup: fc.constant(false) };
  return {
    call: fc.record({
      kind: fc.constant('call' as const),
      path,
      args: values,
      ...plain,
      orderBy: fc.constant([]),
      filter: fc.constant(undefined),
      over: fc.constant(undefined),
    }),
    expr: fc.oneof(
      DEPTH,
      leaf,
      tie('call'),
      fc.record({ kind: fc.constant('unary' as const), operator: prefix, operand: expr }),
      fc.record({ kind: fc.constant('binary' as const), operator, left: expr, right: expr }),
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), operands: list(expr, 2) }),
      fc.record({ kind: fc.constant('not' as const), operand: expr }),
      fc.record({
        kind: fc.constant('is' as const),
        test: fc.constantFrom('null' as const, 'true' as const, 'false' as const, 'unknown' as const),
        negated: fc.boolean(),
        operand: expr,
      }),
      fc.record({ kind: fc.constant('distinct-from' as const), negated: fc.boolean(), left: expr, right: expr }),
      fc.record({
        kind: fc.constant('between' as const),
        negated: fc.boolean(),
        symmetric: fc.boolean(),
        operand: expr,
        low: expr,
        high: expr,
      }),
      fc.record({
        kind: fc.constant('in-list' as const),
        negated: fc.boolean(),
        operand: expr,
        items: list(expr.filter(isNoScalarSubquery)),
      }),
      fc.record({
        kind: fc.constant('like' as const),
        variant: fc.constantFrom('like' as const, 'ilike' as const, 'similar' as const),
        negated: fc.boolean(),
        operand: expr,
        pattern: expr,
        escape: optional(expr),
      }),
      fc.record({
        kind: fc.constant('quantified' as const),
        quantifier: fc.constantFrom('any' as const, 'all' as const),
        operator,
        left: expr,
        array: expr.filter(isNoScalarSubquery),
      }),
      fc.record({
        kind: fc.constantFrom('exists' as const, 'scalar-subquery' as const, 'array-subquery' as const),
        query,
      }),
      fc.record({
        kind: fc.constant('quantified-subquery' as const),
        quantifier: fc.constantFrom('any' as const, 'all' as const),
        operator,
        left: expr,
        query,
      }),
      fc.record({
        kind: fc.constant('case' as const),
        operand: optional(expr),
        branches: list(fc.record({ when: expr, then: expr })),
        otherwise: optional(expr),
      }),
      fc.record({
        kind: fc.constantFrom('coalesce' as const, 'greatest' as const, 'least' as const, 'grouping' as const),
        args: list(expr),
      }),
      fc.record({ kind: fc.constant('nullif' as const), left: expr, right: expr }),
      fc.record({ kind: fc.constant('cast' as const), operand: expr, type }),
      fc.record({ kind: fc.constant('collate' as const), operand: expr, collation: path }),
      fc.record({ kind: fc.constantFrom('array' as const, 'row' as const), items: list(expr, 0) }),
      fc.record({ kind: fc.constant('subscript' as const), operand: expr, index: expr }),
      fc.record({ kind: fc.constant('slice' as const), operand: expr, low: optional(expr), high: optional(expr) }),
      fc.record({ kind: fc.constant('field' as const), operand: expr, name: optional(name) }),
      fc.record({
        kind: fc.constant('call' as const),
        path,
        ...plain,
        args: values.filter((args) => args.length > 0),
        distinct: fc.boolean(),
        orderBy: sort,
        filter: optional(expr),
        over,
      }),
    ),
    table: fc.oneof(
      DEPTH,
      fc.record({
        kind: fc.constant('table' as const),
        path,
        alias: optional(fc.record({ name, columns: list(name, 0) })),
      }),
      fc.record({
        kind: fc.constant('subquery' as const),
        query,
        lateral: fc.boolean(),
        alias: optional(fc.record({ name, columns: list(name, 0) })),
      }),
      fc.record({
        kind: fc.constant('function' as const),
        call: tie('call'),
        ordinality: fc.boolean(),
        lateral: fc.boolean(),
        alias: optional(fc.record({ name, columns: list(name, 0) })),
      }),
      fc.record({
        kind: fc.constant('join' as const),
        type: fc.constantFrom('inner' as const, 'left' as const, 'right' as const, 'full' as const),
        natural: fc.constant(false),
        left: tie('table'),
        right: tie('table'),
        on: expr,
        using: fc.constant([]),
        alias: optional(fc.record({ name, columns: list(name, 0) })),
      }),
      fc.record({
        kind: fc.constant('join' as const),
        type: fc.constantFrom('inner' as const, 'left' as const),
        natural: fc.constant(false),
        left: tie('table'),
        right: tie('table'),
        on: fc.constant(undefined),
        using: list(name),
        alias: fc.constant(undefined),
        usingAlias: optional(name),
      }),
    ),
    query: fc.record({
      with: optional(
        fc.record({
          recursive: fc.boolean(),
          ctes: list(
            fc.record({
              name,
              columns: list(name, 0),
              materialized: fc.constantFrom(undefined, true, false),
              query,
            }),
          ),
        }),
      ),
      body: fc.oneof(
        DEPTH,
        fc
          .record({
            kind: fc.constant('select' as const),
            distinct: fc.oneof(fc.constant(false), list(expr)),
            items: list(
              fc.oneof(
                fc.record({ kind: fc.constant('expr' as const), expr, alias: optional(name) }),
                fc.record({ kind: fc.constant('star' as const), path: fc.array(name, { maxLength: 2 }) }),
              ),
              0,
            ),
            from: list(tie('table'), 0),
            where: optional(expr),
            groupBy: optional(
              fc.record({
                distinct: fc.boolean(),
                items: list(
                  fc.oneof(
                    fc.record({ kind: fc.constant('expr' as const), expr }),
                    fc.constant({ kind: 'empty' as const }),
                    fc.record({
                      kind: fc.constantFrom('rollup' as const, 'cube' as const),
                      items: list(fc.record({ kind: fc.constant('expr' as const), expr })),
                    }),
                  ),
                ),
              }),
            ),
            having: optional(expr),
            windows: fc.constant([]),
          })
          .filter((select) => select.distinct === false || select.items.length > 0),
        fc.record({ kind: fc.constant('values' as const), rows: list(list(expr)) }),
        fc.record({
          kind: fc.constant('set-operation' as const),
          operator: fc.constantFrom('union' as const, 'intersect' as const, 'except' as const),
          all: fc.boolean(),
          left: query,
          right: query,
        }),
      ),
      orderBy: sort,
      limit: optional(expr.filter((limit) => limit.kind !== 'null')),
      offset: optional(expr),
      withTies: fc.constant(false),
    }),
  };
});

export const arbitraryExpr: fc.Arbitrary<Expr> = tree.expr;
export const arbitraryQuery: fc.Arbitrary<Query> = tree.query;
