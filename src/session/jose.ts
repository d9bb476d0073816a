/**
 * The one place that imports jose: the parts of it that semwire uses.
 */
import { errors } from 'jose';

export type { ExportedJWKSCache, JWTVerifyGetKey } from 'jose';
export { CompactSign, compactVerify, createLocalJWKSet, createRemoteJWKSet, customFetch, jwksCache } from 'jose';

/** The key set answered, and holds no (or more than one) key for this token. */
export function isNoMatchingKey(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JWKSInvalid ||
    error instanceof errors.JOSENotSupported
  );
}
