/** The certificate, its key and the CA of clients, from their files. */
import { readFile } from 'node:fs/promises';
import type { Config, TlsMode } from '../config.ts';
import type { TlsMaterial } from '../wire/tls.ts';

/**
 * @param mode of the listener that it is for
 * @returns undefined where nobody gets TLS
 * @throws node's own errors for a file that cannot be read
 */
export async function readTls({ cert, key, ca }: Config['tls'], mode: TlsMode): Promise<TlsMaterial | undefined> {
  if (mode === 'off' || cert === undefined || key === undefined) return undefined;
  const [certText, keyText, caText] = await Promise.all([
    readFile(cert),
    readFile(key),
    ca === undefined ? undefined : readFile(ca),
  ]);
  return { cert: certText, key: keyText, ca: caText };
}
