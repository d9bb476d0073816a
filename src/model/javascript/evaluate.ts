/**
 * The scripts of a model, run for one security context: in a fresh context of Node's `vm`, so that no run can leave
 * anything to the next. Authors are trusted with code; this keeps them from mistakes, it is no wall.
 */
import { createContext, runInContext } from 'node:vm';
import { SqlError } from '../../errors.ts';
import type { SourceNode } from '../source.ts';
import type { TemplateEnvironment } from '../template/globals.ts';
import type { RecordedContext } from '../template/recorded-context.ts';
import type { LeftOut } from '../template/settle.ts';
import type { ClaimTokens } from '../template/tokens.ts';
import { TemplateFault, type Value } from '../template/value.ts';
import type { SourcePosition } from '../types.ts';
import { type Calls, callsOf, type Realm } from './calls.ts';
import { claimsOf } from './claim.ts';
import type { Definition, Reading } from './definition.ts';
import { readDefinitions } from './definition-list.ts';
import { type Failure, type FailureOf, failures, faultIn, type Note } from './failure.ts';
import { makeMarks } from './marks.ts';
import { type Operators, operatorsOf, type Rendering } from './operators.ts';
import { makePlaces } from './places.ts';
import { referencesOf } from './reference.ts';
import { runtimeOf } from './runtime.ts';
import { resolveModule, type Script, type Scripts, unresolved } from './script.ts';
import { scriptGlobals } from './script-globals.ts';

export type EvaluatedScript = {
  readonly kind: 'script';
  readonly script: Script;
  /** A file of cubes and views, or what the author has to mend. */
  readonly node: SourceNode | TemplateFault;
  /** Definitions that this context cannot have. */
  readonly left: readonly LeftOut[];
  readonly notes: readonly Note[];
};

export type EvaluateOptions = {
  readonly recorded: RecordedContext;
  readonly tokens: ClaimTokens;
  readonly functions: ReadonlyMap<string, Value>;
  readonly environment: TemplateEnvironment;
};

/** Written in the context, where what follows a promise is done before the run ends. */
const AWAITED = '(promise, done, failed) => void Promise.resolve(promise).then(() => done(), (error) => failed(error))';
const TIMEOUT_MS = 10_000;
const BUILT_IN = [
  ...['Array', 'BigInt', 'Boolean', 'Date', 'Error', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'RegExp'],
  ...[
    'Set',
    'String',
    'Symbol',
    'WeakMap',
    'WeakSet',
    'encodeURIComponent',
    'isFinite',
    'isNaN',
    'parseFloat',
    'parseInt',
  ],
];

/** @returns of every file what it defines; those that define nothing are among them */
export function evaluateScripts(scripts: Scripts, options: EvaluateOptions): readonly EvaluatedScript[] {
  const run = newRun(scripts, options);
  const failed = new Map<Script, Failure>();
  const fail = (script: Script, failure: Failure): void => {
    if (!failed.has(script)) failed.set(script, failure);
  };
  const attempt = (script: Script, work: () => void): void => {
    try {
      work();
    } catch (error) {
      fail(script, run.failureOf(error, script));
    }
  };
  const found = new Map<Script, ReturnType<typeof readDefinitions>>();
  const pending = new Set<Script>();
  const defining = (): readonly Script[] => [...new Set([...scripts.models, ...run.definitions.keys()])];
  try {
    run.within(() => {
      for (const script of scripts.models) attempt(script, () => run.load(script.file));
      for (const { script, promise } of run.waiting) {
        pending.add(script);
        run.then(
          promise,
          () => pending.delete(script),
          (error) => {
            pending.delete(script);
            fail(script, run.failureOf(error, script));
          },
        );
      }
    });
    run.within(() => {
      for (const script of defining()) {
        attempt(script, () => {
          found.set(script, readDefinitions(script, run.definitions.get(script) ?? [], run.reading));
        });
      }
    });
  } catch (error) {
    const tooLong = error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    const message = tooLong ? `the model takes longer than ${TIMEOUT_MS / 1000} s to load` : String(error);
    for (const script of scripts.models) fail(script, { error: faultIn(script, message), note: undefined });
  }
  for (const script of pending) {
    const message = 'asyncModule() cannot wait for anything outside of the model';
    fail(script, { error: faultIn(script, message), note: undefined });
  }
  return defining().map((script): EvaluatedScript => {
    const failure = failed.get(script);
    if (failure === undefined) {
      return { kind: 'script', script, ...(found.get(script) ?? readDefinitions(script, [], run.reading)) };
    }
    const { error } = failure;
    if (error instanceof TemplateFault) return { kind: 'script', script, node: error, left: [], notes: [] };
    // Nothing of the file is sure, and its text says what it would define.
    const all = script.declared.map(({ name, isView }): Definition => {
      const at: SourcePosition = { file: script.file, line: 1, column: 1 };
      return { kind: isView ? 'view' : 'cube', name, body: failure, at };
    });
    return { kind: 'script', script, ...readDefinitions(script, all, run.reading) };
  });
}

type Run = {
  /** Runs work in the context, and what it leaves to be done later. */
  readonly within: (work: () => void) => void;
  readonly load: (path: string) => unknown;
  readonly definitions: ReadonlyMap<Script, readonly Definition[]>;
  readonly waiting: readonly { readonly script: Script; readonly promise: unknown }[];
  readonly then: (promise: unknown, done: () => void, failed: (error: unknown) => void) => void;
  readonly failureOf: FailureOf;
  readonly reading: Reading;
};

function newRun(scripts: Scripts, { recorded, tokens, functions, environment }: EvaluateOptions): Run {
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
  const realm = runInContext(`({ ${BUILT_IN.join(', ')} })`, context) as Realm;
  const calls = callsOf(rendering, operators, realm);
  const shared = scriptGlobals(rendering, functions, environment, calls, marks);
  const failureOf = failures(scripts, claims, recorded);
  const definitions = new Map<Script, Definition[]>();
  const waiting: { readonly script: Script; readonly promise: unknown }[] = [];
  let calledAt: SourcePosition = { file: '.', line: 1, column: 1 };
  const files: Loading = {
    scripts,
    called: (at) => {
      calledAt = at;
    },
    rendering,
    operators,
    calls,
    places,
    globalsOf: (script) => {
      const define = (kind: Definition['kind']) => (name: unknown, body: unknown) => {
        const alone = body === undefined && typeof name === 'object' && claims.of(name) === undefined;
        const own = alone ? { name: undefined, body: name } : { name, body };
        const at = (typeof own.body === 'object' && own.body !== null && places.own(own.body)) || calledAt;
        definitions.set(script, [...(definitions.get(script) ?? []), { kind, ...own, at }]);
      };
      return new Map<string, unknown>([
        ...shared,
        ['cube', define('cube')],
        ['view', define('view')],
        ['asyncModule', (own: () => unknown) => void waiting.push({ script, promise: own() })],
      ]);
    },
    attempt: (script, work) => {
      try {
        return work();
      } catch (error) {
        const failure = failureOf(error, script);
        if (failure.error instanceof SqlError) return failure;
        throw error;
      }
    },
    run: (text) => runInContext(text, context) as unknown,
    start: ({ program }) => program.runInContext(context) as Start,
    parseJson: (text) => (realm.JSON as typeof JSON).parse(text),
  };
  return {
    within: (work) => {
      Object.assign(context, { run: work });
      runInContext('run()', context, { timeout: TIMEOUT_MS });
    },
    load: loader(files),
    definitions,
    waiting,
    then: runInContext(AWAITED, context) as Run['then'],
    failureOf,
    reading: {
      rendering,
      operators,
      marks,
      places,
      named: (name) => (shared.has(name) ? shared.get(name) : rendering.references.named(name)),
    },
  };
}

type Start = (runtime: unknown, require: unknown, module: unknown, exports: unknown) => void;

type Loading = {
  readonly scripts: Scripts;
  readonly rendering: Rendering;
  readonly operators: Operators;
  readonly calls: Calls;
  readonly places: ReturnType<typeof makePlaces>;
  readonly called: (at: SourcePosition) => void;
  readonly globalsOf: (script: Script) => ReadonlyMap<string, unknown>;
  readonly attempt: (script: Script, work: () => unknown) => unknown;
  readonly run: (text: string) => unknown;
  readonly start: (script: Script) => Start;
  readonly parseJson: (text: string) => unknown;
};

/** Runs each file once, as `require` does. */
function loader(files: Loading): (path: string) => unknown {
  const { scripts, rendering, operators, calls, places } = files;
  const modules = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const loaded = modules.get(path);
    if (loaded !== undefined) return loaded.exports;
    const script = scripts.modules.get(path);
    if (script === undefined) throw new TemplateFault(unresolved(path));
    if (typeof script === 'string') return files.parseJson(script);
    const module = { exports: files.run('({})') };
    modules.set(path, module);
    const runtime = runtimeOf(script, rendering, operators, calls, files.globalsOf(script), {
      locate: (value, site) => places.locate(value, site, script),
      attempt: (work) => files.attempt(script, work),
      called: files.called,
    });
    const require = (specifier: unknown): unknown => {
      const name = String(operators.plain(specifier));
      const found = resolveModule(script.file, name, (each) => scripts.modules.has(each));
      if (found === undefined) throw new TemplateFault(unresolved(name));
      return load(found);
    };
    try {
      files.start(script)(runtime, require, module, module.exports);
    } catch (error) {
      // Whoever requires it next must not get half of it.
      modules.delete(path);
      throw error;
    }
    return module.exports;
  };
  return load;
}
