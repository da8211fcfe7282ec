/**
 * @file The values of `@huggingface/jinja`, which exports its interpreter but not them. They are made here with the
 * library's prototypes but not by its constructors, whose class fields take about a microsecond each: a rendering makes
 * thousands of values.
 *
 * No template can change a value other than a namespace, so one instance of the commonest is enough.
 */
import { Environment, Interpreter } from '@huggingface/jinja';
import type { Json } from '../conversation/types';

export type Value = ReturnType<Interpreter['evaluate']>;
export type Statement = Parameters<Interpreter['evaluate']>[0];
/** A list or dictionary, with what is known of it. */
export type Known = Value & {
  /** Its size (growth.ts); NaN where it changes. */
  measured?: number;
  /** What `tojson` writes for it. */
  json?: Value;
};
/** A node of a parsed template, of which only the type is known. */
export type Node = NonNullable<Statement> & Record<string, unknown>;

const probe = new Environment();

/** A constructor that makes what the library's class makes of `example`. */
function maker<T>(example: T): new (value: T) => Value {
  const { type, constructor } = probe.set(typeof example + String(example), example);
  function Made(this: Record<string, unknown>, value: T) {
    this.type = type;
    this.value = value;
    this._builtins = undefined;
    this.measured = undefined;
    this.json = undefined;
  }
  Made.prototype = constructor.prototype as object;
  return Made as unknown as new (value: T) => Value;
}

const StringValue = maker('');
const IntegerValue = maker(0);
const FloatValue = maker(0.5);
const ArrayValue = maker<unknown[]>([]) as unknown as new (value: readonly Value[]) => Value;
const ObjectValue = maker<object>({}) as unknown as new (value: Map<string, Value>) => Value;

export const UNDEFINED = probe.set('undefined value', undefined);
export const NULL = probe.set('null value', null);
const TRUE = probe.set('true value', true);
const FALSE = probe.set('false value', false);
const INTEGERS = Array.from({ length: 1024 }, (_, i) => new IntegerValue(i));

export const text = (value: string): Value => new StringValue(value);
export const list = (items: readonly Value[]): Value => new ArrayValue(items);
export const object = (entries: Map<string, Value>): Value => new ObjectValue(entries);
export const boolean = (value: boolean): Value => (value ? TRUE : FALSE);
export const integer = (value: number): Value => INTEGERS[value] ?? new IntegerValue(value);
export const float = (value: number): Value => new FloatValue(value);

/** What is reached as `x.name` on any dictionary, besides its keys. */
export const OBJECT_METHODS: ReadonlySet<string> = new Set(
  probe.set('an object', {}).builtins.keys() as Iterable<string>,
);

/** The value of any JSON. */
export function convert(json: Json | undefined): Value {
  if (typeof json === 'string') return text(json);
  if (typeof json === 'number') return Number.isInteger(json) ? integer(json) : float(json);
  if (typeof json === 'boolean') return boolean(json);
  if (json === undefined) return UNDEFINED;
  if (json === null) return NULL;
  if (Array.isArray(json)) return list(json.map(convert));
  const entries = new Map<string, Value>();
  for (const key of Object.keys(json)) entries.set(key, convert(json[key]));
  return object(entries);
}

/** A scope inside of another. The library gives each a `namespace` function of its own; the outermost has one. */
export function scopeIn(parent: Environment): Environment {
  return new Scope(parent);
}

const Scope = (() => {
  function Made(this: Pick<Environment, 'parent' | 'variables' | 'tests'>, parent: Environment) {
    this.parent = parent;
    this.variables = new Map();
    this.tests = parent.tests;
  }
  Made.prototype = Environment.prototype;
  return Made as unknown as new (parent: Environment) => Environment;
})();

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
