/**
 * The HTTP listener for those who operate the server: is it alive, is it ready, its numbers, and tokens for those who
 * hold the API key (contract, section 2). TLS by the rules of the SQL listener.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { bindServer } from '../wire/bind-server.ts';
import type { TlsMaterial } from '../wire/tls.ts';

export type HttpAnswer = {
  readonly status: number;
  readonly type: 'text/plain; charset=utf-8' | 'text/plain; version=0.0.4; charset=utf-8' | 'application/json';
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type HttpRequest = {
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly address: string | undefined;
  /** undefined: longer than the limit. */
  readonly body: string | undefined;
};

export type HttpRoute = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly answer: (request: HttpRequest) => Promise<HttpAnswer>;
};

export type HttpOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Plain HTTP where left out. */
  readonly tls: TlsMaterial | undefined;
  readonly routes: readonly HttpRoute[];
  /** Told of what a route throws: a bug. */
  readonly onError: (error: unknown) => void;
};

export type HttpServer = {
  readonly address: { readonly host: string; readonly port: number };
  /** Throws, and changes nothing, when the certificate does not work. */
  readonly updateTls: (tls: TlsMaterial) => void;
  /** Requests that are being answered may end. */
  readonly close: () => Promise<void>;
};

const MAX_BODY = 64 * 1024;
const REQUEST_MS = 10_000;
const MAX_CONNECTIONS = 256;

/** @throws what node throws when the address cannot be had, or the certificate not be read */
export async function listenHttp(options: HttpOptions): Promise<HttpServer> {
  const { tls } = options;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, options.routes)
      .catch((error: unknown): HttpAnswer => {
        options.onError(error);
        return text(500, 'internal error');
      })
      .then((answer) => send(response, answer, request.method === 'HEAD'), options.onError);
  };
  const limits = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, connectionsCheckingInterval: 1_000 };
  const server: Server | TlsServer =
    tls === undefined ? createServer(limits, handle) : createTlsServer({ ...limits, ...secureBy(tls) }, handle);
  server.maxConnections = MAX_CONNECTIONS;
  const address = await bindServer(server, options.host, options.port, options.onError);
  return {
    address,
    updateTls: (material) => {
      if ('setSecureContext' in server) server.setSecureContext(secureBy(material));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** With a CA, who shows no certificate of it is not let in, as on the SQL port. */
function secureBy({ cert, key, ca }: TlsMaterial) {
  return {
    cert,
    key,
    ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true }),
    minVersion: 'TLSv1.2' as const,
  };
}

async function serve(request: IncomingMessage, routes: readonly HttpRoute[]): Promise<HttpAnswer> {
  const path = (request.url ?? '').split('?')[0];
  const here = routes.filter((route) => route.path === path);
  if (here.length === 0) return text(404, 'not found');
  // Who may GET may ask for the head alone.
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = here.find((one) => one.method === method);
  if (route === undefined) {
    return { ...text(405, 'method not allowed'), headers: { allow: here.map((one) => one.method).join(', ') } };
  }
  return route.answer({
    authorization: request.headers.authorization,
    contentType: request.headers['content-type'],
    address: request.socket.remoteAddress,
    body: route.method === 'POST' ? await readBody(request) : '',
  });
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    // The rest is not waited for: the connection ends with the answer.
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, type, body, headers }: HttpAnswer, headOnly: boolean): void {
  const whole = Buffer.from(body);
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': whole.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 413 && { connection: 'close' }),
  });
  response.end(headOnly ? undefined : whole);
}

export function text(status: number, body: string): HttpAnswer {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}

export function json(status: number, value: unknown): HttpAnswer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}
