/**
 * `import` and `export` as `require` and `exports`: the files of a model are few and small, and one way to load them is
 * enough.
 */
import { RUNTIME } from './runtime-name.ts';
import { namesOfBlock } from './scope.ts';
import type { AnyNode, NodeOf } from './syntax.ts';

type Export = NodeOf<'ExportNamedDeclaration'> | NodeOf<'ExportDefaultDeclaration'> | NodeOf<'ExportAllDeclaration'>;
type Name = NodeOf<'Identifier'> | NodeOf<'Literal'>;

/** @param site the number of a place in the file */
export function importOf(node: NodeOf<'ImportDeclaration'>, site: (node: AnyNode) => string): string {
  const whole = required(node.source);
  const names: string[] = [];
  const statements: string[] = [];
  for (const specifier of node.specifiers) {
    const { name } = specifier.local;
    if (specifier.type === 'ImportNamespaceSpecifier') statements.push(`const ${name} = ${whole};`);
    else names.push(`${nameOf(specifier.type === 'ImportSpecifier' ? specifier.imported : undefined)}: ${name}`);
  }
  const wanted = node.specifiers.flatMap((specifier) =>
    specifier.type === 'ImportSpecifier'
      ? [nameOf(specifier.imported)]
      : specifier.type === 'ImportDefaultSpecifier'
        ? [nameOf(undefined)]
        : [],
  );
  if (names.length > 0) {
    statements.push(
      `const { ${names.join(', ')} } = ${RUNTIME}.imported(${whole}, [${wanted.join(', ')}], ${site(node)});`,
    );
  }
  return statements.length === 0 ? `${whole};` : statements.join(' ');
}

/** @param emit transforms what is exported */
export function exportOf(node: Export, emit: (node: AnyNode) => string, site: (node: AnyNode) => string): string {
  switch (node.type) {
    case 'ExportAllDeclaration':
      return node.exported
        ? `exports[${nameOf(node.exported)}] = ${required(node.source)};`
        : `Object.assign(exports, ${required(node.source)});`;
    case 'ExportDefaultDeclaration': {
      const { declaration } = node;
      const [name] = namesOfBlock([declaration]);
      const text = emit(declaration);
      return name === undefined ? `exports.default = ${text};` : `${text}; exports.default = ${name};`;
    }
    case 'ExportNamedDeclaration': {
      const { declaration, source, specifiers } = node;
      if (declaration) {
        const names = namesOfBlock([declaration]);
        return `${emit(declaration)}; ${names.map((name) => `exports.${name} = ${name};`).join(' ')}`;
      }
      return specifiers
        .map(({ exported, local }) => {
          const value = source
            ? `${RUNTIME}.imported(${required(source)}, [${nameOf(local)}], ${site(node)})[${nameOf(local)}]`
            : emit(local);
          return `exports[${nameOf(exported)}] = ${value};`;
        })
        .join(' ');
    }
  }
}

function required({ value }: NodeOf<'Literal'>): string {
  return `require(${JSON.stringify(value)})`;
}

function nameOf(name: Name | undefined): string {
  if (name === undefined) return '"default"';
  return JSON.stringify(name.type === 'Identifier' ? name.name : name.value);
}
