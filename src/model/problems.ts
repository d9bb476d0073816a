/**
 * What is wrong with a model, gathered while it is read: one bad line must not hide the next.
 */
import type { ModelProblem, SourcePosition } from './types.ts';

export type Problems = {
  readonly error: (at: SourcePosition, message: string) => void;
  readonly warning: (at: SourcePosition, message: string) => void;
  /** By file, line and column; each once. */
  readonly list: () => readonly ModelProblem[];
  readonly errors: () => number;
};

export function gatherProblems(): Problems {
  const found = new Map<string, ModelProblem>();
  let errors = 0;
  const add = (severity: ModelProblem['severity']) => (at: SourcePosition, message: string) => {
    const problem = { at, severity, message };
    const text = problemText(problem);
    if (found.has(text)) return;
    if (severity === 'error') errors += 1;
    found.set(text, problem);
  };
  return {
    error: add('error'),
    warning: add('warning'),
    list: () => [...found.values()].sort(byPosition),
    errors: () => errors,
  };
}

function byPosition(a: ModelProblem, b: ModelProblem): number {
  if (a.at.file !== b.at.file) return a.at.file < b.at.file ? -1 : 1;
  return a.at.line - b.at.line || a.at.column - b.at.column;
}

/** `orders.yml:12:5: error: unknown key "sqll"`, as compilers print it; the file is relative to the model folder. */
export function problemText(problem: ModelProblem): string {
  const { file, line, column } = problem.at;
  return `${file}:${line}:${column}: ${problem.severity}: ${problem.message}`;
}
