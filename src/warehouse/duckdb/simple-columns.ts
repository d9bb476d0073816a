/** bool and uuid. */
import { asciiColumn, type ColumnEncoder, fixedColumn } from './column.ts';

const LETTER_T = 116;
const LETTER_F = 102;

export function boolColumn(binary: boolean): ColumnEncoder {
  const [yes, no] = binary ? [1, 0] : [LETTER_T, LETTER_F];
  return fixedColumn(1, 1, (data, offset, out, at) => {
    out[at] = data.getUint8(offset) === 0 ? no : yes;
  });
}

/** DuckDB keeps a uuid as a 128-bit integer with its highest bit turned, so that it sorts as text does. */
export function uuidColumn(binary: boolean): ColumnEncoder {
  const high = (data: DataView, offset: number): bigint =>
    BigInt.asUintN(64, data.getBigInt64(offset + 8, true) ^ -0x8000_0000_0000_0000n);
  const low = (data: DataView, offset: number): bigint => data.getBigUint64(offset, true);
  return binary
    ? fixedColumn(16, 16, (data, offset, out, at) => {
        out.writeBigUInt64BE(high(data, offset), at);
        out.writeBigUInt64BE(low(data, offset), at + 8);
      })
    : asciiColumn(16, (data, offset) => {
        const hex = `${sixteen(high(data, offset))}${sixteen(low(data, offset))}`;
        return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
      });
}

function sixteen(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

/** The type of a bare NULL: it has no values. */
export function nullColumn(): ColumnEncoder {
  return {
    slotSize: 1,
    measure: ({ count }, lengths) => {
      lengths.fill(-1, 0, count);
    },
    write: () => {},
  };
}
