/** The tenants' server with its HTTP listener and audit log, put together as `semwire serve` does. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../src/config.ts';
import type { HttpServer } from '../../src/operate/http.ts';
import { createOperations, type Operations } from '../../src/operate/operations.ts';
import { collectLog, SECRET, type TestServer } from '../session/serve.ts';
import type { Tenants } from '../session/tenants.ts';

export type OperatedServer = {
  readonly server: TestServer;
  readonly http: HttpServer;
  readonly operations: Operations;
  readonly config: Config;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  /** Entries of the audit log so far. */
  readonly audit: () => readonly Readonly<Record<string, unknown>>[];
  readonly auditText: () => string;
  readonly auditFile: string;
  /** What readiness rests on, for the test to change. */
  readonly state: { warehouse: boolean; draining: boolean };
};

const opened: HttpServer[] = [];

export async function operate(tenants: Tenants, env: Readonly<Record<string, string>> = {}): Promise<OperatedServer> {
  const auditFile = join(mkdtempSync(join(tmpdir(), 'semwire-audit-')), 'audit.jsonl');
  const all = { SEMWIRE_JWT_SECRET: SECRET, SEMWIRE_HTTP_PORT: '0', SEMWIRE_AUDIT_LOG: auditFile, ...env };
  const config = await loadConfig({ env: all });
  const operations = createOperations(config, collectLog());
  const server = await tenants.serve(all, { observe: operations.observe });
  const state = { warehouse: true, draining: false };
  const http = await operations.listen({
    gauges: () => ({
      connections: server.sessions().length,
      pool: tenants.gateway.warehouse.pool(),
      catalog: { shapes: 1, waiting: 0 },
      planCache: tenants.gateway.engine.planCache(),
    }),
    warehouseAnswers: async () => state.warehouse && (await tenants.gateway.warehouse.ping()),
    draining: () => state.draining,
  });
  if (http === undefined) throw new Error('no HTTP listener');
  opened.push(http);
  const auditText = (): string => readFileSync(auditFile, 'utf8');
  return {
    server,
    http,
    operations,
    config,
    get: (path, init) => fetch(`http://127.0.0.1:${http.address.port}${path}`, init),
    auditText,
    audit: () =>
      auditText()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    auditFile,
    state,
  };
}

export async function closeHttp(): Promise<void> {
  await Promise.all(opened.splice(0).map((http) => http.close()));
}
