/** float4, float8, and the doubles that stand for numeric (DuckDB divides in double precision). */
import { asciiColumn, type ColumnEncoder, fixedColumn } from './column.ts';
import { float4Text, float8AsNumericText, float8Text } from './float-text.ts';
import { groupsOfText, NumericGroups } from './numeric-groups.ts';
import { isValid } from './vector.ts';

/** What DuckDB holds: FLOAT or DOUBLE. */
export type FloatSlot = 4 | 8;

function reader(slot: FloatSlot): (data: DataView, offset: number) => number {
  return slot === 4 ? (data, offset) => data.getFloat32(offset, true) : (data, offset) => data.getFloat64(offset, true);
}

export function floatText(slot: FloatSlot, field: FloatSlot): ColumnEncoder {
  const read = reader(slot);
  const text = field === 4 ? float4Text : float8Text;
  return asciiColumn(slot, (data, offset) => text(read(data, offset)));
}

export function floatBinary(slot: FloatSlot, field: FloatSlot): ColumnEncoder {
  const read = reader(slot);
  return fixedColumn(slot, field, (data, offset, out, at) => {
    if (field === 4) out.writeFloatBE(read(data, offset), at);
    else out.writeDoubleBE(read(data, offset), at);
  });
}

export function floatAsNumericText(slot: FloatSlot): ColumnEncoder {
  const read = reader(slot);
  return asciiColumn(slot, (data, offset) => float8AsNumericText(read(data, offset)));
}

export function floatAsNumericBinary(slot: FloatSlot): ColumnEncoder {
  const read = reader(slot);
  const groups = new NumericGroups();
  let valid: Uint8Array | null = null;
  return {
    slotSize: slot,
    measure: ({ count, data, validity }, lengths) => {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      valid = validity;
      groups.reset(count);
      for (let row = 0; row < count; row++) {
        lengths[row] = -1;
        if (!isValid(validity, row)) continue;
        groupsOfText(groups, float8AsNumericText(read(view, row * slot)));
        lengths[row] = groups.end(row);
      }
    },
    write: (out, positions, from, to) => {
      for (let row = from; row < to; row++) {
        if (isValid(valid, row)) groups.write(row, out, positions[row] as number);
      }
    },
  };
}
