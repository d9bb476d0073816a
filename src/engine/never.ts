/** Conditions that are false or NULL whatever the row, as clients write them to get no row: `false`, `1 = 0`. */
import type { Expr } from '../sql/ast.ts';

/** A condition that no row meets, whatever the row. */
export function isNever(condition: Expr | undefined): boolean {
  switch (condition?.kind) {
    case 'null':
      return true;
    case 'boolean':
      return !condition.value;
    case 'and':
      return condition.operands.some(isNever);
    case 'or':
      return condition.operands.every(isNever);
    case 'not':
      return condition.operand.kind === 'boolean' && condition.operand.value;
    case 'binary':
      return isFalseComparison(condition.operator, condition.left, condition.right);
    default:
      return false;
  }
}

/** `1 = 0`, `'a' = 'b'` */
function isFalseComparison(operator: string, left: Expr, right: Expr): boolean {
  if (left.kind === 'string' && right.kind === 'string') {
    return (operator === '=' && left.value !== right.value) || (isUnequal(operator) && left.value === right.value);
  }
  if (left.kind !== 'number' || right.kind !== 'number') return false;
  if (![left, right].every(({ text }) => /^\d+$/.test(text))) return false;
  const [a, b] = [BigInt(left.text), BigInt(right.text)];
  return (
    (operator === '=' && a !== b) ||
    (isUnequal(operator) && a === b) ||
    (operator === '<' && a >= b) ||
    (operator === '>' && a <= b)
  );
}

function isUnequal(operator: string): boolean {
  return operator === '<>' || operator === '!=';
}
