/**
 * @file The values of `@huggingface/jinja` as Python sees them: their types' names, how `str` and `repr` write them, and
 * which of them are equal.
 */
import { pythonNumber } from './python-number';
import type { Value } from './runtime-values';

/** Whether a text is a number's placeholder (see exact-numbers.ts), to be printed as the number was written. */
const standsForNumber = (string: string): boolean =>
  string.at(-2) === '\u0001' && /^([\ue000-\uf8ff])\d+.\1$/.test(string);

/** Names of Python's types; a placeholder counts as the float that it mostly stands for. */
export function typeName(value: Value): string {
  switch (value.type) {
    case 'StringValue':
      return isPlaceholder(value) ? 'float' : 'str';
    case 'IntegerValue':
      return 'int';
    case 'FloatValue':
      return 'float';
    case 'BooleanValue':
      return 'bool';
    case 'NullValue':
      return 'NoneType';
    case 'UndefinedValue':
      return 'Undefined';
    case 'ArrayValue':
      return 'list';
    case 'TupleValue':
      return 'tuple';
    case 'ObjectValue':
    case 'KeywordArgumentsValue':
      return 'dict';
    case 'NamespaceValue':
      return 'Namespace';
    default:
      return 'function';
  }
}

export const isText = (value: Value): boolean => typeName(value) === 'str';
export const isNumber = (value: Value): boolean => /^(?:int|float|bool)$/.test(typeName(value));
export const isList = (value: Value): boolean => value.type === 'ArrayValue' || value.type === 'TupleValue';
export const isDict = (value: Value): boolean => typeName(value) === 'dict';
export const isPlaceholder = ({ type, value }: Value): boolean =>
  type === 'StringValue' && standsForNumber(value as string);

export const itemsOf = (value: Value): Value[] => value.value as Value[];
export const entriesOf = (value: Value): Map<string, Value> => value.value as Map<string, Value>;

/** A list, or a tuple where `like` is one. */
export const listLike = (like: Value, items: readonly Value[]): Value =>
  new (like.constructor as new (items: readonly Value[]) => Value)(items);

/** `str(value)`: what `{{ value }}`, `~` and `| string` write. An undefined value is empty. */
export function pythonStr(value: Value): string {
  if (value.type === 'StringValue') return value.value as string;
  return value.type === 'UndefinedValue' ? '' : pythonRepr(value);
}

/** @throws TypeError for a function or a namespace, which Python writes with an address in memory. */
function pythonRepr(value: Value): string {
  switch (typeName(value)) {
    case 'str':
      return quoted(value.value as string);
    case 'int':
      return String(value.value);
    case 'float':
      return isPlaceholder(value) ? (value.value as string) : floatRepr(value.value as number);
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'NoneType':
      return 'None';
    case 'Undefined':
      return 'Undefined';
    case 'list':
      return `[${itemsOf(value).map(pythonRepr).join(', ')}]`;
    case 'tuple': {
      const items = itemsOf(value).map(pythonRepr);
      return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
    }
    case 'dict':
      return `{${Array.from(entriesOf(value), ([key, item]) => `${quoted(key)}: ${pythonRepr(item)}`).join(', ')}}`;
    default:
      throw new TypeError(`a ${typeName(value)} is written out, which has no text of its own`);
  }
}

const floatRepr = (value: number): string =>
  pythonNumber(Number.isInteger(value) ? `${value}.0` : String(value));

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/**
 * `repr` of a string: single quotes unless it holds those and no double ones; what `str.isprintable` refuses is escaped.
 * A placeholder keeps its control character, because it is replaced afterwards.
 */
function quoted(string: string): string {
  const mark = string.includes("'") && !string.includes('"') ? '"' : "'";
  if (standsForNumber(string)) return `'${string}'`;
  const escaped = Array.from(string, (character) => {
    if (character === mark) return `\\${mark}`;
    const code = character.codePointAt(0) ?? 0;
    const plain = ESCAPES[character];
    if (plain) return plain;
    // Marks are private use, which Python escapes; they are taken out again, and must stay as they are.
    if (code === 0x20 || !/[\p{C}\p{Z}]/u.test(character) || code >= 0xf0000) return character;
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code <= 0xffff
      ? `\\u${code.toString(16).padStart(4, '0')}`
      : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return mark + escaped.join('') + mark;
}

/** `a == b`: numbers and booleans by value, lists and objects by their entries, else only values of one type. */
export function pythonEquals(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isNumber(a) && isNumber(b) && !isPlaceholder(a) && !isPlaceholder(b))
    return Number(a.value) === Number(b.value);
  if (a.type !== b.type && !(isDict(a) && isDict(b))) return false;
  if (isList(a)) {
    const [left, right] = [itemsOf(a), itemsOf(b)];
    return left.length === right.length && left.every((item, i) => equalItems(item, right[i]));
  }
  if (isDict(a)) {
    const [left, right] = [entriesOf(a), entriesOf(b)];
    return (
      left.size === right.size && Array.from(left).every(([key, item]) => equalItems(item, right.get(key)))
    );
  }
  return a.value === b.value;
}

const equalItems = (a: Value, b: Value | undefined): boolean => b !== undefined && pythonEquals(a, b);
