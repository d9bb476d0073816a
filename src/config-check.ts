/**
 * Settings that make no sense together, or would open a door that nobody asked to be opened: refused at the start.
 */

import { addressList } from './config-addresses.ts';
import type { Config } from './config-types.ts';
import { isLoopback } from './config-values.ts';
import type { Values } from './config-variables.ts';

type Fail = (message: string) => never;

/** @param fail throws the configuration error, which names the variable */
export function checkConfig(config: Config, values: Values, fail: Fail): void {
  checkAuth(config, values, fail);
  if (config.auth === 'jwt') checkKeys(config, fail);
  checkTls(config, fail);
  checkHttp(config, fail);
  if (config.dev && !isLoopback(config.host)) fail(`SEMWIRE_DEV is for a loopback listener, not ${config.host}`);
  try {
    new Intl.DateTimeFormat('en', { timeZone: config.policyTimezone });
  } catch {
    fail(`SEMWIRE_POLICY_TIMEZONE: unknown time zone "${config.policyTimezone}"`);
  }
}

/** Contract, sections 2 and 7.8. */
function checkAuth({ auth, host, trustedProxies, tls, hooks }: Config, values: Values, fail: Fail): void {
  addressList(trustedProxies, (message) => fail(`SEMWIRE_TRUSTED_PROXIES: ${message}`));
  const hook = hooks.find(({ name }) => name === 'checkAuth' || name === 'checkSqlAuth');
  switch (auth) {
    case 'jwt':
      return;
    case 'hook':
      if (hook === undefined) fail('SEMWIRE_AUTH=hook needs a checkAuth function in semwire.config or cube.js');
      return;
    case 'none':
    case 'parameter':
    case 'proxy':
      if (hook !== undefined) fail(`${hook.file}: ${hook.name} has no place beside SEMWIRE_AUTH=${auth}`);
      if (!isLoopback(host) && trustedProxies.length === 0 && tls.ca === undefined) {
        fail(
          `SEMWIRE_AUTH=${auth} on ${host} would believe everybody: set SEMWIRE_TRUSTED_PROXIES to the addresses to ` +
            'believe, or SEMWIRE_TLS_CA to ask for client certificates',
        );
      }
      if (values.SEMWIRE_TOKEN_API_KEY !== undefined) {
        fail(`SEMWIRE_TOKEN_API_KEY: nobody signs in with a token where SEMWIRE_AUTH=${auth}`);
      }
      return;
  }
}

function checkKeys({ jwt }: Config, fail: Fail): void {
  if (jwt.secret === undefined && jwt.key === undefined && jwt.jwksUrl === undefined) {
    fail('set SEMWIRE_JWT_SECRET, SEMWIRE_JWT_KEY or SEMWIRE_JWT_JWKS_URL: without a key no token can be verified');
  }
  // RFC 7518, section 3.2: a key of the hash's size or larger.
  if (jwt.secret !== undefined && Buffer.byteLength(jwt.secret) < 32) {
    fail('SEMWIRE_JWT_SECRET must be 32 bytes or longer');
  }
  if (jwt.key !== undefined || jwt.jwksUrl !== undefined) {
    if (isEmpty(jwt.issuers)) fail('SEMWIRE_JWT_ISSUER must be set with SEMWIRE_JWT_KEY or _JWKS_URL (* waives it)');
    if (isEmpty(jwt.audiences)) {
      fail('SEMWIRE_JWT_AUDIENCE must be set with SEMWIRE_JWT_KEY or _JWKS_URL (* waives it)');
    }
  }
  if (jwt.jwksUrl !== undefined) checkJwksUrl(jwt.jwksUrl, fail);
}

function checkTls({ host, tls }: Config, fail: Fail): void {
  const local = isLoopback(host);
  if ((tls.cert === undefined) !== (tls.key === undefined)) fail('set SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY together');
  if (tls.ca !== undefined && tls.cert === undefined) fail('SEMWIRE_TLS_CA needs SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY');
  if (tls.ca !== undefined && tls.mode !== 'require') {
    fail(`SEMWIRE_TLS_CA asks everybody for a certificate, so SEMWIRE_TLS cannot be ${tls.mode}`);
  }
  if (tls.mode === 'require' && tls.cert === undefined) {
    fail(
      local
        ? 'SEMWIRE_TLS=require needs SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY'
        : `SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY must be set to listen on ${host}: tokens would cross the ` +
            'network in clear text (SEMWIRE_TLS=off accepts that)',
    );
  }
  if (!local && tls.mode === 'allow' && tls.cert === undefined) {
    fail(`SEMWIRE_TLS=allow without a certificate would take tokens in clear text on ${host}; off accepts that`);
  }
}

function checkHttp({ auth, http, jwt, tls }: Config, fail: Fail): void {
  const { tokenApiKey } = http;
  if (tokenApiKey !== undefined) {
    if (http.port === undefined) fail('SEMWIRE_TOKEN_API_KEY needs SEMWIRE_HTTP_PORT');
    if (auth !== 'jwt' || jwt.secret === undefined) {
      fail('SEMWIRE_TOKEN_API_KEY needs SEMWIRE_JWT_SECRET: tokens are signed with it');
    }
    if (Buffer.byteLength(tokenApiKey) < 16) fail('SEMWIRE_TOKEN_API_KEY must be 16 bytes or longer');
  }
  if (http.port === undefined || isLoopback(http.host) || http.tlsMode === 'off') return;
  if (tls.cert === undefined) {
    fail(
      `SEMWIRE_TLS_CERT and SEMWIRE_TLS_KEY must be set for SEMWIRE_HTTP_HOST ${http.host} (SEMWIRE_TLS=off accepts ` +
        'clear text)',
    );
  }
}

function isEmpty(items: readonly string[] | undefined): boolean {
  return items === undefined || items.length === 0;
}

function checkJwksUrl(jwks: URL, fail: Fail): void {
  const secure = jwks.protocol === 'https:' || (jwks.protocol === 'http:' && isLoopback(jwks.hostname));
  if (!secure) fail('SEMWIRE_JWT_JWKS_URL must be https, or http on loopback');
}
