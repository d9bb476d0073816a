/** Claims that are written in a file of the model's folder. */
import type { SourceNode } from '../model/source.ts';
import type { Claim } from './context.ts';

/** As from a token: own keys only, frozen, whole numbers exact. */
export function claimOfNode(node: SourceNode): Claim {
  switch (node.kind) {
    case 'scalar': {
      const { value, raw } = node;
      const exact = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
      return exact && /^[+-]?\d+$/.test(raw) ? BigInt(raw) : value;
    }
    case 'list':
      return Object.freeze(node.items.map(claimOfNode));
    case 'map': {
      const claims: Record<string, Claim> = Object.create(null);
      for (const { key, value } of node.entries) claims[key] = claimOfNode(value);
      return Object.freeze(claims);
    }
  }
}
