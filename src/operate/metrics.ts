/**
 * Numbers for Prometheus, in its text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
 * Labels are SQLSTATEs and outcomes: no name of a user, table or statement, and so no number of them that grows.
 */
import type { CatalogCounts } from '../catalog/catalog.ts';
import type { PlanCacheCounts } from '../engine/plan-cache.ts';
import { assertNever } from '../errors.ts';
import { type SessionEvent, SUCCESS } from '../session/observer.ts';
import type { PoolCounts } from '../warehouse/warehouse.ts';

/** What is asked at every scrape. */
export type Gauges = {
  readonly connections: number;
  readonly pool: PoolCounts;
  readonly catalog: CatalogCounts;
  readonly planCache: PlanCacheCounts;
};

export type Metrics = {
  readonly observe: (event: SessionEvent) => void;
  /** A reload of keys or model. */
  readonly reloaded: (outcome: 'ok' | 'refused') => void;
  readonly text: (gauges: Gauges) => string;
};

/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(): Metrics {
  const signIns = new Map<string, number>();
  const statements = new Map<string, number>();
  const switches = new Map<string, number>();
  const reloads = new Map<string, number>();
  const buckets = BUCKETS.map(() => 0);
  let seconds = 0;
  let count = 0;
  let rows = 0;
  let cancels = 0;

  return {
    observe: (event) => {
      switch (event.kind) {
        case 'sign-in':
          add(signIns, outcome(event.code));
          return;
        case 'statement': {
          add(statements, `${outcome(event.code)},sqlstate_class="${classOf(event.code)}"`);
          const took = event.ms / 1_000;
          BUCKETS.forEach((bound, i) => {
            if (took <= bound) buckets[i] = (buckets[i] ?? 0) + 1;
          });
          seconds += took;
          count += 1;
          rows += event.rows;
          return;
        }
        case 'switch':
          add(switches, outcome(event.code));
          return;
        case 'cancel':
          cancels += 1;
          return;
        case 'sign-out':
          return;
        default:
          assertNever(event, 'observe');
      }
    },
    reloaded: (result) => add(reloads, `outcome="${result}"`),
    text: ({ connections, pool, catalog, planCache }) =>
      [
        ...gauge('semwire_connections', 'Connections that have signed in.', connections),
        ...counter('semwire_sign_ins_total', 'Sign-ins by outcome.', signIns),
        ...counter('semwire_statements_total', 'Statements by outcome and class of SQLSTATE.', statements),
        ...histogram(buckets, seconds, count),
        ...counter('semwire_rows_total', 'Rows given to clients.', new Map([['', rows]])),
        ...counter('semwire_user_switches_total', 'SET ROLE and SET SESSION AUTHORIZATION by outcome.', switches),
        ...counter('semwire_cancels_total', 'Statements cancelled by their clients.', new Map([['', cancels]])),
        ...counter('semwire_reloads_total', 'Reloads of the model, and of keys, by outcome.', reloads),
        ...gauge('semwire_warehouse_connections_max', 'Most connections to the warehouse.', pool.size),
        ...gauge('semwire_warehouse_connections_open', 'Connections to the warehouse.', pool.open),
        ...gauge('semwire_warehouse_connections_idle', 'Those of them that do nothing.', pool.idle),
        ...gauge('semwire_warehouse_statements_waiting', 'Statements that wait for a connection.', pool.waiting),
        ...gauge('semwire_catalog_shapes', 'Catalogs in memory.', catalog.shapes),
        ...gauge('semwire_catalog_statements_waiting', 'Catalog statements that wait.', catalog.waiting),
        ...gauge('semwire_plan_cache_plans', 'Plans kept.', planCache.plans),
        ...counter('semwire_plan_cache_hits_total', 'Plans found.', new Map([['', planCache.hits]])),
        ...counter('semwire_plan_cache_misses_total', 'Plans made.', new Map([['', planCache.misses]])),
        ...gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryUsage.rss()),
        '',
      ].join('\n'),
  };
}

function outcome(code: string): string {
  return `outcome="${code === SUCCESS ? 'ok' : 'refused'}"`;
}

/** Two characters of PostgreSQL's own: nothing a client writes comes in here. */
function classOf(code: string): string {
  return /^[0-9A-Z]{5}$/.test(code) ? code.slice(0, 2) : 'XX';
}

function add(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function head(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function gauge(name: string, help: string, value: number): readonly string[] {
  return [...head(name, 'gauge', help), `${name} ${value}`];
}

function counter(name: string, help: string, counts: ReadonlyMap<string, number>): readonly string[] {
  const lines = [...counts].map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  return [...head(name, 'counter', help), ...lines];
}

function histogram(buckets: readonly number[], seconds: number, count: number): readonly string[] {
  const name = 'semwire_statement_seconds';
  return [
    ...head(name, 'histogram', 'Time from the start of a statement to its last row.'),
    ...BUCKETS.map((bound, i) => `${name}_bucket{le="${bound}"} ${buckets[i] ?? 0}`),
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${seconds}`,
    `${name}_count ${count}`,
  ];
}
