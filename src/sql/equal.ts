/** Structural equality of trees: positions do not count, and what printing cannot tell apart is the same. */

/** A tree of ast.ts, or any part of one. */
type Tree = unknown;
type TreeNode = { readonly [field: string]: Tree };

/** True when both trees print as the same meaning. Fields that are undefined are absent. */
export function equalTrees(left: Tree, right: Tree): boolean {
  if (!isNode(left) || !isNode(right)) return left === right;
  const a = canonical(left);
  const b = canonical(right);
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equalTrees(item, b[i]))
    );
  }
  if (!isNode(a) || !isNode(b)) return a === b;
  return (
    fieldsOf(a).every((name) => equalTrees(a[name], b[name])) && fieldsOf(b).every((name) => a[name] !== undefined)
  );
}

function isNode(tree: Tree): tree is TreeNode {
  return typeof tree === 'object' && tree !== null;
}

function fieldsOf(node: TreeNode): string[] {
  return Object.keys(node).filter((name) => name !== 'at' && node[name] !== undefined);
}

/** What the grammar itself rewrites: nested ANDs into one, `- 5` into a number, `(a)` into a. */
function canonical(node: TreeNode): Tree {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const operands = flatten(node, node.kind);
      return operands.length === 1 ? canonicalTree(operands[0]) : { kind: node.kind, operands };
    }
    case 'unary': {
      const operand = isNode(node.operand) ? canonical(node.operand) : node.operand;
      if (node.operator !== '-' || !isNode(operand) || operand.kind !== 'number') return node;
      const text = String(operand.text);
      return number(text.startsWith('-') ? text.slice(1) : `-${text}`);
    }
    case 'number':
      return number(String(node.text));
    case 'list': {
      const items = node.items;
      return Array.isArray(items) && items.length === 1 ? canonicalTree(items[0]) : node;
    }
    default:
      return node;
  }
}

/** The grammar keeps small integers as such, and they have no negative zero. */
function number(text: string): Tree {
  return { kind: 'number', text: text === '-0' ? '0' : text };
}

function canonicalTree(tree: Tree): Tree {
  return isNode(tree) ? canonical(tree) : tree;
}

function flatten(node: TreeNode, kind: 'and' | 'or'): Tree[] {
  const operands = node.operands;
  if (!Array.isArray(operands)) return [node];
  return operands.flatMap((operand: Tree) => {
    return isNode(operand) && operand.kind === kind ? flatten(operand, kind) : [operand];
  });
}
