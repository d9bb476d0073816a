/** What is kept about a running server, and how it is reached: metrics, audit log, HTTP listener. */

import type { Config } from '../config.ts';
import { isLoopback } from '../config-values.ts';
import type { Log } from '../session/log.ts';
import type { Observer } from '../session/observer.ts';
import { readTls } from '../session/tls-files.ts';
import { openAuditLog } from './audit-log.ts';
import { type HttpServer, listenHttp } from './http.ts';
import { createMetrics, type Gauges } from './metrics.ts';
import { httpRoutes } from './routes.ts';

export type Operations = {
  readonly observe: Observer;
  /** Told after SIGHUP: counted, written down, and the audit log opened anew. @param config the one read again */
  readonly reloaded: (of: 'keys' | 'model', outcome: 'ok' | 'refused', config?: Config) => Promise<void>;
  /** @returns undefined where no port is set @throws what node throws when the address cannot be had */
  readonly listen: (server: Operated) => Promise<HttpServer | undefined>;
};

export type Operated = {
  readonly gauges: () => Gauges;
  readonly warehouseAnswers: () => Promise<boolean>;
  readonly draining: () => boolean;
};

/** @throws Error when the audit log cannot be written */
export function createOperations(first: Config, log: Log): Operations {
  let config = first;
  let http: HttpServer | undefined;
  const metrics = createMetrics();
  const audit = first.auditLog === undefined ? undefined : openAuditLog(first.auditLog, first.auditLiterals);
  return {
    observe: (event) => {
      metrics.observe(event);
      audit?.write(event);
    },
    reloaded: async (of, outcome, changed) => {
      audit?.reopen();
      metrics.reloaded(outcome);
      audit?.write({ kind: 'reload', of, outcome });
      if (changed === undefined) return;
      const tls = await httpTls(changed);
      if (tls !== undefined) http?.updateTls(tls);
      config = changed;
    },
    listen: async ({ gauges, warehouseAnswers, draining }) => {
      const { host, port } = config.http;
      if (port === undefined) return undefined;
      http = await listenHttp({
        host,
        port,
        tls: await httpTls(config),
        routes: httpRoutes({
          config: () => config,
          warehouseAnswers,
          draining,
          metrics: () => metrics.text(gauges()),
          audit: (event) => audit?.write(event),
        }),
        onError: (error) => log.error({ err: error }, 'an HTTP request failed'),
      });
      return http;
    },
  };
}

/** On loopback plain HTTP is enough unless TLS is required; elsewhere the configuration has seen to a certificate. */
function httpTls({ http, tls }: Config) {
  const plain = http.tlsMode === 'allow' && isLoopback(http.host);
  return readTls(tls, plain ? 'off' : http.tlsMode);
}
