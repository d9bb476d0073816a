/**
 * What a template writes: author's text as it stands, data as tokens, and for every character where it came from.
 */
import { SqlError } from '../../errors.ts';
import type { SourcePosition } from '../types.ts';
import type { Budget } from './scope.ts';
import { type ClaimTokens, hasMarker, TokenFault, type TokenValue } from './tokens.ts';
import { partsOf, TemplateFault, type TextPart, type Value } from './value.ts';

/** Where a body writes to. */
export type Sink = {
  /** @param at of the text's first character; with `moving` the following characters stand behind it in the file */
  readonly text: (text: string, at: SourcePosition, moving: boolean) => void;
  readonly data: (value: TokenValue, at: SourcePosition) => void;
};

export type Written = { readonly text: string; readonly origin: (offset: number) => SourcePosition };

type Segment = { readonly start: number; readonly text: string; readonly at: SourcePosition; readonly moving: boolean };

/** The rendered file. */
export function fileSink(
  tokens: ClaimTokens,
  file: string,
  budget: Budget,
): { readonly sink: Sink; readonly written: () => Written } {
  const segments: Segment[] = [];
  let length = 0;
  const add = (text: string, at: SourcePosition, moving: boolean): void => {
    if (text === '') return;
    budget.grow(text.length);
    segments.push({ start: length, text, at, moving });
    length += text.length;
  };
  const sink: Sink = {
    text: (text, at, moving) => {
      if (hasMarker(text)) throw new TemplateFault(new TokenFault().message, at);
      add(text, at, moving);
    },
    data: (value, at) => add(tokens.mint(value), at, false),
  };
  const origin = (offset: number): SourcePosition => {
    let low = 0;
    for (let high = segments.length - 1; low < high; ) {
      const middle = Math.ceil((low + high) / 2);
      if ((segments[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const segment = segments[low];
    if (segment === undefined) return { file, line: 1, column: 1 };
    return segment.moving ? behind(segment.at, segment.text.slice(0, offset - segment.start)) : segment.at;
  };
  return { sink, written: () => ({ text: segments.map(({ text }) => text).join(''), origin }) };
}

/** A variable's or macro's value. */
export function valueSink(budget: Budget): { readonly sink: Sink; readonly value: () => Value } {
  const parts: TextPart[] = [];
  const sink: Sink = {
    text: (text) => {
      budget.grow(text.length);
      if (text !== '') parts.push(text);
    },
    data: (value) => {
      if (value.kind === 'denied') throw value.error;
      parts.push(value);
    },
  };
  return { sink, value: () => ({ kind: 'text', parts }) };
}

/** The place that lies behind `text` when `text` begins at `at`. */
export function behind(at: SourcePosition, text: string): SourcePosition {
  const lines = text.split('\n');
  const last = lines.at(-1) ?? '';
  return lines.length === 1
    ? { ...at, column: at.column + last.length }
    : { ...at, line: at.line + lines.length - 1, column: last.length + 1 };
}

/** `{{ value }}`. What this context has no value for is written as denied: whatever holds it then cannot be used. */
export function writeValue(value: Value, at: SourcePosition, sink: Sink): void {
  try {
    if (value.kind === 'boolean') {
      sink.data({ kind: 'scalar', name: 'a boolean', value: value.value }, at);
    } else if (value.kind === 'undefined') {
      throw new TemplateFault(`"${value.name}" is not defined`);
    } else {
      for (const part of partsOf(value)) {
        if (typeof part === 'string') sink.text(part, at, false);
        else sink.data(part, at);
      }
    }
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    sink.data({ kind: 'denied', error }, at);
  }
}
