/**
 * A model served without a socket: a statement goes through parser, planner, warehouse, and comes back as text.
 */
import { randomUUID } from 'node:crypto';
import type { Identity } from '../../src/access/context.ts';
import { examineRights } from '../../src/access/rights/examine.ts';
import { loadRights } from '../../src/access/rights/load.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { createEngine, type SemanticEngine } from '../../src/engine/engine.ts';
import { type ServingModel, serveModel } from '../../src/engine/serving-model.ts';
import { SqlError } from '../../src/errors.ts';
import { loadModel } from '../../src/model/load.ts';
import { problemText } from '../../src/model/problems.ts';
import type { Dialect } from '../../src/plan/dialect.ts';
import type { Engine, ResultColumn, SessionView } from '../../src/session/engine.ts';
import { characterPosition } from '../../src/session/errors-to-wire.ts';
import { loadParser } from '../../src/sql/libpg.ts';
import { parse } from '../../src/sql/parse.ts';
import { refused } from '../../src/sql/refused.ts';
import { formatType, typeByOid } from '../../src/sql/types.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import type { Row } from './golden.ts';

export type Gateway = {
  readonly engine: SemanticEngine;
  readonly serving: ServingModel;
  readonly warehouse: Warehouse;
};

/** Stands where a test asks nothing of the catalog, so that no PGlite has to start. */
export const NO_CATALOG: Catalog = {
  describe: () => Promise.reject(new Error('this test has no catalog')),
  execute: () => Promise.reject(new Error('this test has no catalog')),
  run: () => Promise.reject(new Error('this test has no catalog')),
  counts: () => ({ shapes: 0, waiting: 0 }),
  close: async () => {},
};

export type GatewayOptions = {
  readonly folder: string;
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
  readonly catalog?: Catalog;
};

/** @throws Error with everything that `check` would report */
export async function openGateway({ folder, warehouse, dialect, catalog }: GatewayOptions): Promise<Gateway> {
  await loadParser();
  const { model, problems } = await loadModel(folder);
  if (model === undefined) throw new Error(problems.map(problemText).join('\n'));
  const { rights, problems: ofRights } = await loadRights(folder, model, 'jwt');
  const options = { expose: 'auto', ignorePublic: false, rights } as const;
  const described = await serveModel(model, dialect, (sql) => warehouse.describe(sql, []), options);
  const found = [...problems, ...described.problems.map((problem) => ({ ...problem, severity: 'warning' as const }))];
  const examined = rights === undefined ? [] : examineRights(rights, model, described.serving.publicTables);
  found.push(...[...ofRights, ...examined].filter(({ severity }) => severity === 'error'));
  if (found.length > 0) throw new Error(found.map(problemText).join('\n'));
  const engine = createEngine({
    serving: () => described.serving,
    warehouse,
    dialect,
    catalog: catalog ?? NO_CATALOG,
    database: 'semwire',
    policyTimeZone: 'UTC',
  });
  return { engine, serving: described.serving, warehouse };
}

/** An identity as a verified token of these claims gives it. */
export function identityOf(claims: Identity['context'], admin = false): Identity {
  const groups = [claims.groups, claims.roles].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
  const subject = typeof claims.sub === 'string' ? claims.sub : undefined;
  return {
    user: subject ?? 'test',
    subject,
    issuer: undefined,
    context: claims,
    groups,
    expiresAt: undefined,
    admin,
  };
}

export function viewOf(identity: Identity, settings: ReadonlyMap<string, string> = new Map()): SessionView {
  return {
    identity,
    pid: 1,
    applicationName: 'golden',
    clientAddress: undefined,
    settings: new Map([['timezone', 'UTC'], ...settings]),
  };
}

export type Answer = { readonly columns: readonly ResultColumn[]; readonly rows: readonly Row[] };

/** @throws what the engine throws */
export async function ask(
  engine: Engine,
  sql: string,
  view: SessionView,
  parameters: readonly (string | null)[] = [],
): Promise<Answer> {
  const [source, another] = parse(sql);
  if (source === undefined || another !== undefined) throw new Error('one statement at a time');
  const { statement } = source;
  if (statement.kind === 'refused') throw refused(statement.tag, statement.writes);
  if (statement.kind !== 'query' && statement.kind !== 'explain') throw new Error(`no query: ${statement.kind}`);
  const prepared = await engine.prepare(statement, source.text, source.offset, [], view);
  const binds = parameters.map((value) => ({ format: 0 as const, value: value === null ? null : Buffer.from(value) }));
  const cursor = await prepared.open(binds, {
    session: view,
    resultFormats: prepared.columns.map(() => 0),
    timeoutMs: 30_000,
    signal: new AbortController().signal,
  });
  const frames: Buffer[] = [];
  try {
    // The driver may use its buffer again: a copy is kept.
    await cursor.fetch(0, { write: (bytes) => void frames.push(Buffer.from(bytes)) });
  } finally {
    await cursor.close();
  }
  return { columns: prepared.columns, rows: readRows(Buffer.concat(frames)) };
}

function readRows(frames: Buffer): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < frames.length; at += 1 + frames.readInt32BE(at + 1)) {
    let value = at + 7;
    rows.push(
      Array.from({ length: frames.readInt16BE(at + 5) }, () => {
        const length = frames.readInt32BE(value);
        const text = length < 0 ? null : frames.toString('utf8', value + 4, value + 4 + length);
        value += 4 + Math.max(length, 0);
        return text;
      }),
    );
  }
  return rows;
}

/** `name type, …` as in a CREATE TABLE. */
export function showColumns(
  columns: readonly { readonly name: string; readonly typeOid: number; readonly typmod: number }[],
): string {
  const shown = columns.map(({ name, typeOid, typmod }) => {
    const type = typeByOid(typeOid);
    return `${/^[a-z_?][a-z0-9_?]*$/.test(name) ? name : JSON.stringify(name)} ${type === undefined ? `oid ${typeOid}` : formatType(type, typmod)}`;
  });
  return shown.length === 0 ? '(no columns)' : shown.join(', ');
}

/** `42703 column "x" does not exist (position 8)`, and its DETAIL and HINT. Anything but a SqlError is thrown on. */
export function showError(error: unknown, sql: string): string {
  if (!(error instanceof SqlError)) throw error;
  const { code, message, position, detail, hint } = error;
  const where = position === undefined ? '' : ` (position ${characterPosition(sql, position)})`;
  return [
    `${code} ${message}${where}`,
    // A query id points into the log; it is another one each time.
    ...(detail === undefined || /^query\b/i.test(detail) ? [] : [`DETAIL: ${detail}`]),
    ...(hint === undefined ? [] : [`HINT: ${hint}`]),
  ].join('\n');
}

/** The statement that the warehouse gets, as EXPLAIN shows it to an admin. */
export async function warehouseSql(engine: Engine, sql: string, view: SessionView): Promise<string> {
  const admin = { ...view, identity: { ...view.identity, admin: true } };
  const { rows } = await ask(engine, `EXPLAIN ${sql}`, admin);
  const lines = rows.map(([line]) => line ?? '');
  return lines
    .slice(lines.indexOf('Warehouse SQL') + 1)
    .join('\n')
    .trim();
}

/** A name that no other database of this server has. */
export function freshName(): string {
  return `semwire_${randomUUID().replaceAll('-', '')}`;
}
