/**
 * How libpg-query's tree is read: every node by its kind, every field from a list. What is on no list is refused, so a
 * newer grammar cannot slip a clause past us.
 */
import type * as Pg from '@pgsql/types';
import type { ParseSource } from './parse-source.ts';

export type { Node, ParseResult, RawStmt } from '@pgsql/types';

/** The node kinds that some reader knows. Written out: a type computed from the package's union takes minutes to check. */
type Nodes = {
  readonly A_ArrayExpr: Pg.A_ArrayExpr;
  readonly A_Const: Pg.A_Const;
  readonly A_Expr: Pg.A_Expr;
  readonly A_Indices: Pg.A_Indices;
  readonly A_Indirection: Pg.A_Indirection;
  readonly A_Star: Pg.A_Star;
  readonly Alias: Pg.Alias;
  readonly AlterFunctionStmt: Pg.AlterFunctionStmt;
  readonly AlterObjectSchemaStmt: Pg.AlterObjectSchemaStmt;
  readonly AlterOwnerStmt: Pg.AlterOwnerStmt;
  readonly AlterTableStmt: Pg.AlterTableStmt;
  readonly Boolean: Pg.Boolean;
  readonly BoolExpr: Pg.BoolExpr;
  readonly BooleanTest: Pg.BooleanTest;
  readonly CaseExpr: Pg.CaseExpr;
  readonly CaseWhen: Pg.CaseWhen;
  readonly ClosePortalStmt: Pg.ClosePortalStmt;
  readonly CoalesceExpr: Pg.CoalesceExpr;
  readonly CollateClause: Pg.CollateClause;
  readonly ColumnRef: Pg.ColumnRef;
  readonly CommonTableExpr: Pg.CommonTableExpr;
  readonly ConstraintsSetStmt: Pg.ConstraintsSetStmt;
  readonly CopyStmt: Pg.CopyStmt;
  readonly CreateFunctionStmt: Pg.CreateFunctionStmt;
  readonly CreateStmt: Pg.CreateStmt;
  readonly CreateTableAsStmt: Pg.CreateTableAsStmt;
  readonly DeallocateStmt: Pg.DeallocateStmt;
  readonly DeclareCursorStmt: Pg.DeclareCursorStmt;
  readonly DefElem: Pg.DefElem;
  readonly DefineStmt: Pg.DefineStmt;
  readonly DiscardStmt: Pg.DiscardStmt;
  readonly DropStmt: Pg.DropStmt;
  readonly ExecuteStmt: Pg.ExecuteStmt;
  readonly ExplainStmt: Pg.ExplainStmt;
  readonly FetchStmt: Pg.FetchStmt;
  readonly Float: Pg.Float;
  readonly FuncCall: Pg.FuncCall;
  readonly GrantRoleStmt: Pg.GrantRoleStmt;
  readonly GrantStmt: Pg.GrantStmt;
  readonly GroupingFunc: Pg.GroupingFunc;
  readonly GroupingSet: Pg.GroupingSet;
  readonly Integer: Pg.Integer;
  readonly JoinExpr: Pg.JoinExpr;
  readonly JsonArrayAgg: Pg.JsonArrayAgg;
  readonly JsonArrayConstructor: Pg.JsonArrayConstructor;
  readonly JsonArrayQueryConstructor: Pg.JsonArrayQueryConstructor;
  readonly JsonFuncExpr: Pg.JsonFuncExpr;
  readonly JsonIsPredicate: Pg.JsonIsPredicate;
  readonly JsonObjectAgg: Pg.JsonObjectAgg;
  readonly JsonObjectConstructor: Pg.JsonObjectConstructor;
  readonly JsonParseExpr: Pg.JsonParseExpr;
  readonly JsonScalarExpr: Pg.JsonScalarExpr;
  readonly JsonSerializeExpr: Pg.JsonSerializeExpr;
  readonly JsonTable: Pg.JsonTable;
  readonly List: Pg.List;
  readonly ListenStmt: Pg.ListenStmt;
  readonly LockingClause: Pg.LockingClause;
  readonly MinMaxExpr: Pg.MinMaxExpr;
  readonly NamedArgExpr: Pg.NamedArgExpr;
  readonly NullTest: Pg.NullTest;
  readonly ParamRef: Pg.ParamRef;
  readonly PrepareStmt: Pg.PrepareStmt;
  readonly RangeFunction: Pg.RangeFunction;
  readonly RangeSubselect: Pg.RangeSubselect;
  readonly RangeTableFunc: Pg.RangeTableFunc;
  readonly RangeTableSample: Pg.RangeTableSample;
  readonly RangeVar: Pg.RangeVar;
  readonly RenameStmt: Pg.RenameStmt;
  readonly ResTarget: Pg.ResTarget;
  readonly RowExpr: Pg.RowExpr;
  readonly SQLValueFunction: Pg.SQLValueFunction;
  readonly SelectStmt: Pg.SelectStmt;
  readonly SetToDefault: Pg.SetToDefault;
  readonly SortBy: Pg.SortBy;
  readonly String: Pg.String;
  readonly SubLink: Pg.SubLink;
  readonly TransactionStmt: Pg.TransactionStmt;
  readonly TypeCast: Pg.TypeCast;
  readonly TypeName: Pg.TypeName;
  readonly UnlistenStmt: Pg.UnlistenStmt;
  readonly VacuumStmt: Pg.VacuumStmt;
  readonly VariableSetStmt: Pg.VariableSetStmt;
  readonly VariableShowStmt: Pg.VariableShowStmt;
  readonly WindowDef: Pg.WindowDef;
  readonly WithClause: Pg.WithClause;
  readonly XmlExpr: Pg.XmlExpr;
  readonly XmlSerialize: Pg.XmlSerialize;
};
export type NodeKind = keyof Nodes;
export type NodeOf<K extends NodeKind> = Nodes[K];

/** `{ A_Expr: {…} }` as `{ kind: 'A_Expr', node: {…} }`, so that a switch can tell them apart. */
export type TaggedNode = { [K in NodeKind]: { readonly kind: K; readonly node: Nodes[K] } }[NodeKind];

/**
 * undefined for `{}`, which is how a NULL inside a list is written. At run time the kind may be one that is not listed:
 * a switch over it needs a default that refuses.
 */
export function tagged(node: Pg.Node | undefined): TaggedNode | undefined {
  for (const kind in node) {
    const content: unknown = (node as unknown as Record<string, unknown>)[kind];
    return { kind, node: content } as TaggedNode;
  }
  return undefined;
}

/** The content of a node that can only be of one kind. @throws SqlError 0A000 for another */
export function nodeOf<K extends NodeKind>(source: ParseSource, kind: K, node: Pg.Node | undefined): Nodes[K] {
  const found = tagged(node);
  if (found?.kind !== kind) throw source.refuse(`${found?.kind ?? 'nothing'} in place of ${kind}`, undefined);
  return found.node as Nodes[K];
}

/**
 * Makes the reader of one node kind: it hands back only the fields it was told of, and refuses (0A000) a node that has
 * any other.
 */
export function reader<K extends NodeKind>(kind: K) {
  return <F extends keyof Nodes[K] & string>(
    ...names: readonly F[]
  ): ((source: ParseSource, node: Nodes[K]) => Pick<Nodes[K], F>) => {
    const known = new Set<string>(names);
    return (source, node) => {
      for (const name in node) {
        if (!known.has(name)) throw source.refuse(`${kind}.${name}`, locationOf(node));
      }
      return node;
    };
  };
}

function locationOf(node: object): number | undefined {
  return 'location' in node && typeof node.location === 'number' ? node.location : undefined;
}

/** Names in a list of String nodes: a path, a column list. @throws SqlError 0A000 when one is no String */
export function names(source: ParseSource, list: readonly Pg.Node[] | undefined): string[] {
  return (list ?? []).map((node) => nodeOf(source, 'String', node).sval ?? '');
}
