/** The paths of the HTTP listener. */
import type { Config } from '../config.ts';
import type { OperationEvent } from './audit-log.ts';
import { type HttpRoute, text } from './http.ts';
import { securityTokenRoute } from './security-token.ts';

export type Operated = {
  /** The one of now. */
  readonly config: () => Config;
  /** A statement could run now. */
  readonly warehouseAnswers: () => Promise<boolean>;
  /** No new connections are taken. */
  readonly draining: () => boolean;
  readonly metrics: () => string;
  readonly audit: (event: OperationEvent) => void;
};

/** The warehouse is asked at most this often, however many ask us. */
const READY_MS = 1_000;

/** The model is loaded before the listener is there, and one that fails to load again leaves it serving. */
export function httpRoutes(operated: Operated): readonly HttpRoute[] {
  const ready = once(operated.warehouseAnswers);
  const tokens = securityTokenRoute(operated.config, operated.audit);
  return [
    { method: 'GET', path: '/livez', answer: async () => text(200, 'ok') },
    {
      method: 'GET',
      path: '/readyz',
      answer: async () => {
        if (operated.draining()) return text(503, 'shutting down');
        return (await ready()) ? text(200, 'ready') : text(503, 'the warehouse does not answer');
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      answer: async () => ({
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        body: operated.metrics(),
      }),
    },
    ...(tokens === undefined ? [] : [tokens]),
  ];
}

function once(ask: () => Promise<boolean>): () => Promise<boolean> {
  let asked: { readonly at: number; readonly answer: Promise<boolean> } | undefined;
  return () => {
    const now = performance.now();
    if (asked === undefined || now - asked.at >= READY_MS) asked = { at: now, answer: ask().catch(() => false) };
    return asked.answer;
  };
}
