/**
 * @file Cases of import tests: an input, the exact conversation that must result, and every problem.
 */
import { expect, it } from 'vitest';
import { importText, type ImportOptions } from '../../src/conversation/import';
import type { Conversation, Message } from '../../src/conversation/types';

export interface Case {
  name: string;
  /** One record, or text as it stands in the file. */
  input: unknown;
  /** Without id and source; undefined where the record must not load. `extra` is empty unless given. */
  expected?: Omit<Conversation, 'id' | 'source' | 'extra'> & Partial<Pick<Conversation, 'extra'>>;
  /** `severity line field: reason` of each problem, or the beginning of it. */
  problems?: string[];
  options?: ImportOptions & { name?: string };
}

export const user = (content: string): Message => ({ role: 'user', content });
export const system = (content: string): Message => ({ role: 'system', content });
export const assistant = (content: string, more: Partial<Message> = {}): Message => ({
  role: 'assistant',
  content,
  ...more,
});
export const tool = (content: string, more: Partial<Message> = {}): Message => ({
  role: 'tool',
  content,
  ...more,
});
/** A call and its raw text. */
export const call = (name: string, rawArguments: string, more: { id?: string } = {}) => ({
  ...more,
  name,
  arguments: JSON.parse(rawArguments) as Record<string, string>,
  rawArguments,
});
export const schema = (name: string, more: object = {}) => ({
  type: 'function' as const,
  function: { name, ...more },
});

/** One test a case; each must be detected as the format of this name. */
export function testCases(format: string, cases: readonly Case[]): void {
  it.each(cases.map((each) => [each.name, each] as const))(
    '%s',
    (_, { input, expected, problems = [], options }) => {
      const text = typeof input === 'string' ? input : JSON.stringify(input);
      const result = importText(text, options);
      const told = result.problems.map(
        ({ severity, line, field, reason }) => `${severity} ${line} ${field}: ${reason}`,
      );
      // Cut to what is spelled out, so that a missing or a further problem fails too.
      expect(told.map((line, i) => line.slice(0, problems[i]?.length))).toEqual(problems);
      expect(result.format).toBe(format);
      const loaded = result.conversations.map(({ id: _id, source: _source, ...rest }) => rest);
      expect(loaded).toEqual(expected ? [{ extra: {}, ...expected }] : []);
    },
  );
}
