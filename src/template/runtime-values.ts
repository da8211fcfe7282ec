/**
 * @file The values of `@huggingface/jinja`, which exports its interpreter but not them: their classes, and one instance of
 * those that are needed over and over. No template can change a value other than a namespace, so instances are shared.
 *
 * Why shared: making one takes the library about a microsecond, and a rendering would make thousands.
 */
import { Environment, Interpreter } from '@huggingface/jinja';

export type Value = ReturnType<Interpreter['evaluate']>;
export type Statement = Parameters<Interpreter['evaluate']>[0];
/** A node of a parsed template, of which only the type is known. */
export type Node = NonNullable<Statement> & Record<string, unknown>;

const probe = new Environment();
const classOf = <T>(example: T) => probe.set(typeof example + String(example), example).constructor;

const StringValue = classOf('') as new (value: string) => Value;
const IntegerValue = classOf(0) as new (value: number) => Value;
const ArrayValue = classOf([]) as new (value: Value[]) => Value;
const ObjectValue = classOf({}) as new (value: Map<string, Value>) => Value;

export const UNDEFINED = probe.set('undefined value', undefined);
export const NULL = probe.set('null value', null);
const TRUE = probe.set('true value', true);
const FALSE = probe.set('false value', false);
const INTEGERS = Array.from({ length: 1024 }, (_, i) => new IntegerValue(i));

export const text = (value: string): Value => new StringValue(value);
export const list = (items: Value[]): Value => new ArrayValue(items);
export const object = (entries: Map<string, Value>): Value => new ObjectValue(entries);
export const boolean = (value: boolean): Value => (value ? TRUE : FALSE);
export const integer = (value: number): Value => INTEGERS[value] ?? new IntegerValue(value);

/** What is reached as `x.name` on any dictionary, besides its keys. */
export const OBJECT_METHODS: ReadonlySet<string> = new Set(
  probe.set('an object', {}).builtins.keys() as Iterable<string>,
);

/** The runtime value of any JavaScript value. */
export const convert = (value: unknown): Value => new Environment().set('value', value);

/** Python's truth of a value: `__bool__` of the library without the value that it makes. */
export function isTrue({ type, value }: Value): boolean {
  const held: unknown = value;
  if (Array.isArray(held)) return held.length > 0;
  if (held instanceof Map && type !== 'NamespaceValue') return held.size > 0;
  return Boolean(held);
}

/** What the library throws for `{% break %}` and `{% continue %}`. */
export const BREAK = thrownBy('Break');
export const CONTINUE = thrownBy('Continue');

function thrownBy(type: string): new () => Error {
  try {
    new Interpreter(probe).evaluate({ type } as Node, probe);
  } catch (error) {
    if (error instanceof Error) return error.constructor as new () => Error;
  }
  throw new TypeError(`This version of @huggingface/jinja has no ${type}.`);
}
