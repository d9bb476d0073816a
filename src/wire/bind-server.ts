/** A server that takes connections at an address. */
import type { AddressInfo, Server } from 'node:net';

/**
 * @param onError what fails once it listens
 * @returns the address it has; a port of 0 is replaced by the one taken
 * @throws what node throws when the address cannot be had: EADDRINUSE …
 */
export async function bindServer(
  server: Server,
  host: string,
  port: number,
  onError: (error: unknown) => void,
): Promise<{ readonly host: string; readonly port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', onError);
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port };
}
