/** Lists of addresses and networks: `127.0.0.1, ::1, 10.0.0.0/8`. */
import { BlockList, isIP } from 'node:net';

export type AddressList = {
  /** @param address as a socket gives it; undefined, a peer that is gone, is in no list */
  readonly has: (address: string | undefined) => boolean;
};

/** @param fail throws for an item that is neither an address nor a network */
export function addressList(items: readonly string[], fail: (message: string) => never): AddressList {
  const list = new BlockList();
  for (const item of items) {
    const [address = '', bits, ...rest] = item.split('/');
    const family = familyOf(address) ?? fail(`"${item}" is no address`);
    if (bits === undefined) {
      list.addAddress(address, family);
      continue;
    }
    const most = family === 'ipv4' ? 32 : 128;
    if (rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most) fail(`"${item}" is no network`);
    list.addSubnet(address, Number(bits), family);
  }
  return {
    has: (address) => {
      const plain = plainAddress(address ?? '');
      const family = familyOf(plain);
      return family !== undefined && list.check(plain, family);
    },
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 4 ? 'ipv4' : 'ipv6';
}

/** An IPv4 peer of a socket that listens for both families, and an address with its interface, as they are written. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');
}
