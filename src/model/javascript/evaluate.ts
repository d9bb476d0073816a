/**
 * The scripts of a model, run for one security context: in a fresh context of Node's `vm`, so that no run can leave
 * anything to the next. Authors are trusted with code; this keeps them from mistakes, it is no wall.
 */
import { createContext, runInContext } from 'node:vm';
import { SqlError } from '../../errors.ts';
import { type SourceNode, textAt } from '../source.ts';
import type { TemplateEnvironment } from '../template/globals.ts';
import type { RecordedContext } from '../template/recorded-context.ts';
import type { LeftOut } from '../template/settle.ts';
import { type ClaimTokens, hasMarker, TokenFault } from '../template/tokens.ts';
import { deniedFor, lacks, TemplateFault, type Value } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';
import { authorFunction } from './author-function.ts';
import { type Calls, callsOf, type Realm } from './calls.ts';
import { claimsOf } from './claim.ts';
import { type Definition, type Reading, readDefinition } from './definition.ts';
import { makeMarks } from './marks.ts';
import { operatorsOf, type Rendering } from './operators.ts';
import { makePlaces } from './places.ts';
import { filterGroup, filterParams, referencesOf, securityContext } from './reference.ts';
import { runtimeOf } from './runtime.ts';
import { type Declared, resolveModule, type Script, type Scripts, unresolved } from './script.ts';
import { positionIn } from './syntax.ts';

export type EvaluatedScript = {
  readonly kind: 'script';
  readonly script: Script;
  /** A file of cubes and views, or what the author has to mend. */
  readonly node: SourceNode | TemplateFault;
  /** What the author would want to know of an error that is this context's. */
  readonly note: { readonly at: SourcePosition; readonly message: string } | undefined;
  /** Definitions that this context cannot have. */
  readonly left: readonly LeftOut[];
};

export type EvaluateOptions = {
  readonly recorded: RecordedContext;
  readonly tokens: ClaimTokens;
  readonly functions: ReadonlyMap<string, Value>;
  readonly environment: TemplateEnvironment;
};

const TIMEOUT_MS = 10_000;
const BUILT_IN =
  'Array BigInt Boolean Error JSON Map Math Number Object Promise RegExp Set String WeakMap WeakSet encodeURIComponent isFinite isNaN parseFloat parseInt Date Symbol';

type Failure = Pick<EvaluatedScript, 'note'> & { readonly error: TemplateFault | SqlError };

export function evaluateScripts(scripts: Scripts, options: EvaluateOptions): readonly EvaluatedScript[] {
  const { recorded, tokens } = options;
  const marks = makeMarks();
  const claims = claimsOf(recorded, tokens);
  const rendering: Rendering = { claims, tokens, references: referencesOf(marks) };
  const operators = operatorsOf(rendering);
  const places = makePlaces();
  const context = createContext(Object.create(null) as object, {
    codeGeneration: { strings: false, wasm: false },
    // What is awaited is done when the run is: nothing here can wait for the outside.
    microtaskMode: 'afterEvaluate',
  });
  const realm = runInContext(`({ ${BUILT_IN.split(' ').join(', ')} })`, context) as Realm;
  const calls = callsOf(rendering, operators, realm);
  const shared = sharedGlobals(rendering, options, calls, marks);
  const found = new Map<Script, Definition[]>();
  const waiting: Script[] = [];

  const globalsOf = (script: Script): ReadonlyMap<string, unknown> => {
    const define =
      (kind: Definition['kind']) =>
      (name: unknown, body: unknown): void => {
        const place = (value: unknown): SourcePosition | undefined =>
          typeof value === 'object' && value !== null ? located.get(value) : undefined;
        const alone = body === undefined && typeof name === 'object' && claims.of(name) === undefined;
        const definition = alone ? { name: undefined, body: name } : { name, body };
        const at = place(definition.body) ?? script.placeOf(0);
        found.set(script, [...(found.get(script) ?? []), { kind, ...definition, at }]);
      };
    return new Map<string, unknown>([
      ...shared,
      ['cube', define('cube')],
      ['view', define('view')],
      ['viewGroup', () => {}],
      ['view_group', () => {}],
      ['asyncModule', (own: () => Promise<unknown>) => settle(script, own)],
    ]);
  };
  const located = new WeakMap<object, SourcePosition>();
  const failures = new Map<Script, Failure>();

  const settle = (script: Script, own: () => Promise<unknown>): void => {
    waiting.push(script);
    const done = (): void => void waiting.splice(waiting.indexOf(script), 1);
    Promise.prototype.then.call((realm.Promise as typeof Promise).resolve(own()), done, (error: unknown) => {
      done();
      failures.set(script, failureOf(error, script));
    });
  };

  const modules = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const loaded = modules.get(path);
    if (loaded !== undefined) return loaded.exports;
    const script = scripts.modules.get(path);
    const module = { exports: runInContext('({})', context) as unknown };
    modules.set(path, module);
    if (script === undefined || typeof script === 'string') {
      module.exports = (realm.JSON as typeof JSON).parse(script ?? 'null');
      return module.exports;
    }
    const file = {
      source: script.source,
      position: (offset: number) => positionIn(script.file, script.source, offset),
    };
    const runtime = runtimeOf(script, rendering, operators, calls, globalsOf(script), (value, site) => {
      places.locate(value, site, file);
      located.set(value, file.position(site.start));
    });
    const require = (specifier: unknown): unknown => {
      const name = String(operators.plain(specifier));
      const path = resolveModule(script.file, name, (each) => scripts.modules.has(each));
      if (path === undefined) throw new TemplateFault(unresolved(name));
      return load(path);
    };
    const run = script.program.runInContext(context) as (...args: unknown[]) => void;
    run(runtime, require, module, module.exports);
    return module.exports;
  };

  const failureOf = (error: unknown, script: Script): Failure => {
    if (error instanceof SqlError) return { error, note: undefined };
    if (error instanceof TemplateFault || error instanceof TokenFault) {
      const at = error instanceof TemplateFault ? error.at : undefined;
      return {
        error: new TemplateFault(error.message, at ?? { file: script.file, line: 1, column: 1 }),
        note: undefined,
      };
    }
    const { message, at } = thrown(error, script, scripts);
    // Whoever has read a claim may have thrown because of it.
    if (recorded.reads.size === 0) return { error: new TemplateFault(message, at), note: undefined };
    const path = claims.missing.at(-1);
    const denied =
      path === undefined ? deniedFor('the model cannot be rendered for this security context', error) : lacks(path);
    return { error: denied, note: { at, message } };
  };

  /** Runs work in the context, and what it leaves to be done later. */
  const within = (work: () => void): void => {
    Object.assign(context, { run: work });
    runInContext('run()', context, { timeout: TIMEOUT_MS });
  };
  const reading: Reading = {
    rendering,
    operators,
    marks,
    places,
    named: (name) => (shared.has(name) ? shared.get(name) : rendering.references.named(name)),
  };
  const attempt = (script: Script, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!failures.has(script)) failures.set(script, failureOf(error, script));
    }
  };
  const results = new Map<Script, Pick<EvaluatedScript, 'node' | 'left'>>();
  try {
    within(() => {
      for (const script of scripts.models) attempt(script, () => load(script.file));
    });
    within(() => {
      for (const script of scripts.models) {
        attempt(script, () => {
          results.set(script, fileOf(script, found.get(script) ?? [], reading));
        });
      }
    });
  } catch (error) {
    const tooLong = error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    const message = tooLong ? `the model takes longer than ${TIMEOUT_MS / 1000} s to load` : String(error);
    for (const script of scripts.models) {
      failures.set(script, {
        error: new TemplateFault(message, { file: script.file, line: 1, column: 1 }),
        note: undefined,
      });
    }
  }
  for (const script of waiting) {
    const message = 'asyncModule() cannot wait for anything outside of the model';
    failures.set(script, {
      error: new TemplateFault(message, { file: script.file, line: 1, column: 1 }),
      note: undefined,
    });
  }
  return scripts.models.map((script): EvaluatedScript => {
    const failure = failures.get(script);
    const { node, left } = results.get(script) ?? fileOf(script, [], reading);
    if (failure === undefined) return { kind: 'script', script, node, left, note: undefined };
    const { error, note } = failure;
    if (error instanceof TemplateFault) return { kind: 'script', script, node: error, left: [], note };
    // Nothing of the file is sure, and its text says what it would define.
    const names = script.declared.map((each) => ({ definition: outline(each, script), error }));
    return { kind: 'script', script, node: fileOf(script, [], reading).node, left: names, note };
  });
}

function fileOf(
  script: Script,
  definitions: readonly Definition[],
  reading: Reading,
): Pick<EvaluatedScript, 'node' | 'left'> {
  const at: SourcePosition = { file: script.file, line: 1, column: 1 };
  const left: LeftOut[] = [];
  const list = (kind: Definition['kind']): SourceNode => ({
    kind: 'list',
    at,
    items: definitions
      .filter((definition) => definition.kind === kind)
      .flatMap((definition) => {
        try {
          return [readDefinition(definition, reading)];
        } catch (error) {
          // The others of the file do not need what this one lacks.
          const name = nameOf(definition);
          if (!(error instanceof SqlError) || name === undefined) throw error;
          const { public: isPublic } = (definition.body ?? {}) as { readonly public?: unknown };
          left.push({ definition: outline({ name, isView: kind === 'view', isPublic }, script), error });
          return [];
        }
      }),
  });
  const entries = [
    { key: 'cubes', keyAt: at, value: list('cube') },
    { key: 'views', keyAt: at, value: list('view') },
  ];
  return { node: { kind: 'map', entries, at }, left };
}

function nameOf({ name, body }: Definition): string | undefined {
  const written = name ?? (body as { readonly name?: unknown } | undefined)?.name;
  return typeof written === 'string' && !hasMarker(written) ? written : undefined;
}

/** What is known of a definition that this context cannot have. */
function outline({ name, isView, isPublic }: Declared & { readonly isPublic?: unknown }, { file }: Script): SourceNode {
  const at: SourcePosition = { file, line: 1, column: 1 };
  const scalar = (value: string | boolean): SourceNode => ({
    kind: 'scalar',
    value,
    raw: String(value),
    text: textAt(String(value), at),
    at,
  });
  const entries = [
    { key: 'name', keyAt: at, value: scalar(name) },
    ...(typeof isPublic === 'boolean' ? [{ key: 'public', keyAt: at, value: scalar(isPublic) }] : []),
    ...(isView ? [{ key: 'cubes', keyAt: at, value: { kind: 'list', items: [], at } as const }] : []),
  ];
  return { kind: 'map', entries, at };
}

function sharedGlobals(
  { claims, references }: Rendering,
  { functions, environment }: EvaluateOptions,
  calls: Calls,
  marks: ReturnType<typeof makeMarks>,
): ReadonlyMap<string, unknown> {
  const nothing = (): void => {};
  const testable = securityContext(claims, marks);
  return new Map<string, unknown>([
    ...[...functions].map(([name, own]) => [name, authorFunction(own, claims, references, calls)] as const),
    ['COMPILE_CONTEXT', Object.freeze({ securityContext: claims.context, security_context: claims.context })],
    ['SECURITY_CONTEXT', testable],
    ['USER_CONTEXT', testable],
    ['securityContext', claims.late],
    ['security_context', claims.late],
    ['FILTER_PARAMS', filterParams()],
    ['FILTER_GROUP', filterGroup],
    ['process', Object.freeze({ env: Object.freeze({ ...environment }) })],
    ['sql', Object.freeze({ raw: (text: unknown) => text })],
    ['console', Object.freeze({ log: nothing, info: nothing, warn: nothing, error: nothing, debug: nothing })],
  ]);
}

/** What JavaScript says of an error, and the line of the model where it came up. */
function thrown(
  error: unknown,
  script: Script,
  { modules }: Scripts,
): { readonly message: string; readonly at: SourcePosition } {
  const isError = typeof error === 'object' && error !== null && 'message' in error;
  const message = isError ? String(error.message) : String(error);
  const stack = isError && 'stack' in error ? String(error.stack) : '';
  for (const [, file = '', line] of stack.matchAll(/([^\s()]+\.[cm]?[jt]s):(\d+):\d+/g)) {
    if (modules.has(file)) return { message, at: { file, line: Number(line), column: 1 } };
  }
  return { message, at: { file: script.file, line: 1, column: 1 } };
}
