/** Claims as JSON text: JSON.stringify throws on the bigint that a long whole number is read as. */
import type { Claim } from '../access/context.ts';
import { isClaimObject } from './strict-json.ts';

/** JSON with whole numbers of any length, as parseStrictJson reads it back. */
export function claimJson(value: Claim): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(claimJson).join(',')}]`;
  if (!isClaimObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${claimJson(member)}`)
    .join(',')}}`;
}
