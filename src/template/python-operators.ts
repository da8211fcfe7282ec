/**
 * @file Operators, output, loops and tests as Python's Jinja has them, where `@huggingface/jinja` 0.5 has JavaScript's:
 * it adds a text and an object, prints `true` and JSON, reads attributes of what is undefined, and finds `1 == '1'`. A
 * template on which transformers stops must stop here too, and every other must write the same text.
 *
 * The parsed template is changed: such an operation becomes a call of a function in `PYTHON_FUNCTIONS`. Operations on
 * which both agree, which are most, stay the library's.
 */
import type { Environment, Template } from '@huggingface/jinja';
import { LosslightError } from '../errors';
import { TEMPLATE_LIMIT } from './limits';
import { pythonStrip } from './python-strip';
import {
  entriesOf,
  isDict,
  isList,
  isNumber,
  isPlaceholder,
  isText,
  itemsOf,
  listLike,
  pythonEquals,
  pythonStr,
  typeName,
} from './python-values';
import { boolean, float, integer, list, text, type Value } from './runtime-values';

/** Characters or entries that one repetition or `join` may make; what is longer is no prompt. */
const LONGEST = 20_000_000;

type Run = (...operands: Value[]) => Value;

const isUndefined = (value: Value | undefined): boolean => value?.type === 'UndefinedValue';

function refuseUndefined(operator: string, ...operands: Value[]): void {
  if (operands.some(isUndefined)) throw new TypeError(`${operator} is used on something that is not defined`);
}

function unsupported(operator: string, a: Value, b: Value): TypeError {
  return new TypeError(`unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`);
}

function add(a: Value, b: Value): Value {
  refuseUndefined('+', a, b);
  if (a.type === 'StringValue' && b.type === 'StringValue') {
    // A placeholder may be a number that went through `| string`, so it is not refused beside a text.
    return text((a.value as string) + (b.value as string));
  }
  if (isNumber(a) && isNumber(b)) return arithmetic(a, b, (x, y) => x + y);
  if (isList(a) && a.type === b.type) return listLike(a, [...itemsOf(a), ...itemsOf(b)]);
  throw mixed(a, b);
}

/** What Python says where `+` gets operands of two types. */
function mixed(a: Value, b: Value): TypeError {
  const sequence = ['str', 'list', 'tuple'].includes(typeName(a)) ? typeName(a) : undefined;
  return sequence
    ? new TypeError(`can only concatenate ${sequence} (not "${typeName(b)}") to ${sequence}`)
    : unsupported('+', a, b);
}

function multiply(a: Value, b: Value): Value {
  refuseUndefined('*', a, b);
  if (isNumber(a) && isNumber(b)) return arithmetic(a, b, (x, y) => x * y);
  const [sequence, count] = isNumber(a) ? [b, a] : [a, b];
  if (!(isText(sequence) || isList(sequence)) || !['int', 'bool'].includes(typeName(count)))
    throw unsupported('*', a, b);
  const times = Math.max(0, Number(count.value));
  refuseLonger((sequence.value as { length: number }).length * times);
  if (isText(sequence)) return text((sequence.value as string).repeat(times));
  return listLike(sequence, Array.from({ length: times }, () => itemsOf(sequence)).flat());
}

/** @throws LosslightError `template-limit` before something of that many characters is made. */
function refuseLonger(length: number): void {
  if (length <= LONGEST) return;
  throw new LosslightError(
    TEMPLATE_LIMIT,
    `The chat template was stopped: it makes a text or list of more than ${LONGEST.toLocaleString('en')} characters.`,
    'Use the model’s own chat_template, or correct the loop or number that makes it so long.',
  );
}

/** Python's remainder has the sign of the divisor. */
function modulo(a: Value, b: Value): Value {
  refuseUndefined('%', a, b);
  if (!isNumber(a) || !isNumber(b)) throw unsupported('%', a, b);
  if (Number(b.value) === 0) throw new RangeError('integer modulo by zero');
  return arithmetic(a, b, (x, y) => x - y * Math.floor(x / y));
}

function arithmetic(a: Value, b: Value, of: (x: number, y: number) => number): Value {
  if (isPlaceholder(a) || isPlaceholder(b))
    throw new TypeError('a number of a call’s arguments is calculated with, which is not supported');
  const result = of(Number(a.value), Number(b.value));
  return typeName(a) === 'float' || typeName(b) === 'float' ? float(result) : integer(result);
}

function contains(item: Value, container: Value): boolean {
  if (isUndefined(container)) return false;
  if (isList(container)) return itemsOf(container).some((other) => pythonEquals(other, item));
  if (isText(container)) {
    if (item.type !== 'StringValue')
      throw new TypeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    return (container.value as string).includes(item.value as string);
  }
  if (isDict(container)) return item.type === 'StringValue' && entriesOf(container).has(item.value as string);
  throw new TypeError(`argument of type '${typeName(container)}' is not iterable`);
}

/** What a loop goes through: of a text its characters, of an object its keys, of what is undefined nothing. */
function iterable(value: Value): Value {
  if (isList(value)) return value;
  if (isUndefined(value)) return list([]);
  if (isText(value)) return list(Array.from(value.value as string, text));
  if (isDict(value)) return list(Array.from(entriesOf(value).keys(), text));
  throw new TypeError(`'${typeName(value)}' object is not iterable`);
}

function length(value: Value): Value {
  if (isText(value)) return integer(Array.from(value.value as string).length);
  if (isDict(value)) return integer(entriesOf(value).size);
  if (isList(value)) return integer(itemsOf(value).length);
  if (isUndefined(value)) return integer(0);
  throw new TypeError(`object of type '${typeName(value)}' has no len()`);
}

function join(values: Value, separator?: Value): Value {
  const between = separator === undefined ? '' : pythonStr(separator);
  const parts = itemsOf(iterable(values));
  let size = between.length * parts.length;
  const written = parts.map((part) => {
    const one = pythonStr(part);
    refuseLonger((size += one.length));
    return one;
  });
  return text(written.join(between));
}

/** Passes on the object of an attribute; Python's Jinja stops where that object is itself undefined. */
function defined(value: Value, what: Value): Value {
  if (isUndefined(value)) throw new TypeError(pythonStr(what));
  return value;
}

const test =
  (is: (value: Value) => boolean): Run =>
  (value) =>
    boolean(is(value));

/** Name of the function → what a template calls in place of an operation. */
const PYTHON_FUNCTIONS: Readonly<Record<string, Run>> = {
  losslight_add: add,
  losslight_multiply: multiply,
  losslight_modulo: modulo,
  losslight_concatenate: (a, b) => text(pythonStr(a) + pythonStr(b)),
  losslight_equal: (a, b) => boolean(pythonEquals(a, b)),
  losslight_unequal: (a, b) => boolean(!pythonEquals(a, b)),
  losslight_in: (a, b) => boolean(contains(a, b)),
  losslight_not_in: (a, b) => boolean(!contains(a, b)),
  losslight_str: (value) => (value.type === 'StringValue' ? value : text(pythonStr(value))),
  losslight_iterable: iterable,
  losslight_defined: defined,
  losslight_length: length,
  losslight_capitalize: (value) => {
    const [first = '', ...rest] = pythonStr(value);
    return text(first.toUpperCase() + rest.join('').toLowerCase());
  },
  losslight_join: join,
  // The filter first makes a text of what it gets.
  losslight_trim: (value, characters) => text(pythonStrip('strip', pythonStr(value), characters?.value)),
  losslight_join_method: (separator, values) => {
    const found = itemsOf(iterable(values)).find((value) => value.type !== 'StringValue');
    if (found) throw new TypeError(`sequence item: expected str instance, ${typeName(found)} found`);
    return join(values, separator);
  },
  losslight_is_string: test(isText),
  losslight_is_number: test(isNumber),
  losslight_is_integer: test((value) => typeName(value) === 'int'),
  losslight_is_float: test((value) => typeName(value) === 'float'),
  losslight_is_mapping: test(isDict),
  losslight_is_iterable: test((v) => isText(v) || isList(v) || isDict(v) || isUndefined(v)),
  losslight_is_sequence: test((v) => isText(v) || isList(v) || isDict(v) || isUndefined(v)),
};

/** Declares the functions that a template changed by `rewriteOperators` calls. */
export function setPythonFunctions(environment: Environment): void {
  for (const [name, run] of Object.entries(PYTHON_FUNCTIONS)) {
    // A function given as a JavaScript one would get bare values, without their types.
    const declared = environment.set(name, () => null) as { value: unknown };
    declared.value = (operands: Value[]) => run(...operands);
  }
}

interface Node {
  type?: string;
  [key: string]: unknown;
}

const BINARY: Readonly<Record<string, string>> = {
  '+': 'add',
  '*': 'multiply',
  '%': 'modulo',
  '~': 'concatenate',
  '==': 'equal',
  '!=': 'unequal',
  in: 'in',
  'not in': 'not_in',
};
const TESTS = /^(?:string|number|integer|float|mapping|iterable|sequence)$/;
const FILTERS: Readonly<Record<string, string>> = {
  string: 'str',
  length: 'length',
  count: 'length',
  capitalize: 'capitalize',
  list: 'iterable',
  join: 'join',
};
const STATEMENTS =
  /^(?:Set|If|For|Macro|CallStatement|FilterStatement|Break|Continue|Comment|StringLiteral)$/;

/** Changes the parsed template in place, so that it does as Python's Jinja does; see the top of this file. */
export function rewriteOperators(template: Template): void {
  const known = definedNames(template.parsed as unknown as Node);
  each(template.parsed as unknown as Node, (node) => {
    if (node.type === 'BinaryExpression') rewriteBinary(node);
    else if (node.type === 'MemberExpression') guardObject(node, known);
    else if (node.type === 'TestExpression') rewriteTest(node);
    else if (node.type === 'FilterExpression') rewriteFilter(node);
    else if (node.type === 'CallExpression') rewriteJoin(node);
    else if (node.type === 'For') rewriteLoop(node);
    for (const body of [node.body, node.alternate, node.defaultBlock]) {
      if (Array.isArray(body)) body.forEach((item, i) => (body[i] = printed(item as Node)));
    }
  });
}

/** Every node, the inner ones first. */
function each(root: Node, use: (node: Node) => void): void {
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    (value instanceof Map ? [...value].flat() : Object.values(value)).forEach(visit);
    if (!Array.isArray(value) && !(value instanceof Map)) use(value as Node);
  };
  visit(root);
}

/** Names that only loops give, and those of every rendering: never undefined where they are read. */
function definedNames(root: Node): Set<string> {
  const loops = new Set(['messages', 'loop']);
  const elsewhere = new Set<string>();
  const names = (target: unknown): string[] => {
    const { type, value } = (target ?? {}) as Node;
    if (type === 'Identifier') return [String(value)];
    return Array.isArray(value) ? value.flatMap(names) : [];
  };
  each(root, (node) => {
    if (node.type === 'For') names(node.loopvar).forEach((name) => loops.add(name));
    if (node.type === 'Set') {
      const callee = (node.value as Node | null)?.callee as Node | undefined;
      const to = callee?.value === 'namespace' ? loops : elsewhere;
      names(node.assignee).forEach((name) => to.add(name));
    }
    if (node.type === 'Macro') (node.args as Node[]).flatMap(names).forEach((name) => elsewhere.add(name));
  });
  return new Set([...loops].filter((name) => !elsewhere.has(name)));
}

/** Makes `node` a call of one of our functions. It stays the library's object, whose class the library asks for. */
function becomeCall(node: Node, name: string, args: unknown[]): void {
  const { operand: _, left: __, right: ___, ...rest } = node;
  for (const key of Object.keys(node)) if (!(key in rest)) Reflect.deleteProperty(node, key);
  node.type = 'CallExpression';
  node.callee = { type: 'Identifier', value: `losslight_${name}` };
  node.args = args;
}

function callOf(like: Node, name: string, args: unknown[]): Node {
  const node = Object.create(Object.getPrototypeOf(like) as object) as Node;
  becomeCall(node, name, args);
  return node;
}

const literal = (like: Node, value: string): Node =>
  Object.assign(Object.create(Object.getPrototypeOf(like) as object) as Node, {
    type: 'StringLiteral',
    value,
  });

function rewriteBinary(node: Node): void {
  const operator = String((node.operator as Node).value);
  const name = BINARY[operator];
  const sides = [node.left as Node, node.right as Node];
  // Against a word, JavaScript's `==` says the same as Python's.
  const word = (side: Node) => side.type === 'StringLiteral' && /^[a-z_]/i.test(String(side.value));
  if (!name || (/^[!=]=$/.test(operator) && sides.some(word))) return;
  becomeCall(node, name, sides);
}

function guardObject(node: Node, known: ReadonlySet<string>): void {
  const object = node.object as Node;
  if (object.type === 'Identifier' && known.has(String(object.value))) return;
  if (!/^(?:Identifier|MemberExpression|CallExpression)$/.test(String(object.type))) return;
  const callee = object.callee as Node | undefined;
  if (String(callee?.value).startsWith('losslight_')) return;
  node.object = callOf(object, 'defined', [object, literal(object, undefinedMessage(object))]);
}

/** Nearly the words of Jinja's UndefinedError. */
function undefinedMessage(object: Node): string {
  if (object.type === 'Identifier') return `'${String(object.value)}' is not defined`;
  const property = object.property as Node | undefined;
  if (property?.type === 'IntegerLiteral') return `list object has no element ${String(property.value)}`;
  const named = property?.type === 'StringLiteral' || (property?.type === 'Identifier' && !object.computed);
  return named
    ? `object has no attribute '${String(property.value)}'`
    : 'something that is not defined is asked for an attribute';
}

function rewriteTest(node: Node): void {
  const name = String((node.test as Node).value);
  if (!TESTS.test(name)) return;
  const call = callOf(node, `is_${name}`, [node.operand]);
  if (!node.negate) return becomeCall(node, `is_${name}`, [node.operand]);
  node.type = 'UnaryExpression';
  node.operator = { type: 'UnaryOperator', value: 'not' };
  node.argument = call;
}

function rewriteFilter(node: Node): void {
  const filter = node.filter as Node;
  const called = filter.type === 'CallExpression';
  const name = String(called ? (filter.callee as Node).value : filter.value);
  const ours = FILTERS[name];
  const args = called ? (filter.args as Node[]) : [];
  // `join(attribute=…)` stays the library's.
  if (!ours || args.length > 1 || args.some(({ type }) => type === 'KeywordArgumentExpression')) return;
  if (args.length === 1 && name !== 'join') return;
  becomeCall(node, ours, [node.operand, ...args]);
}

/** `', '.join(list)`, a method that the library lacks. */
function rewriteJoin(node: Node): void {
  const callee = node.callee as Node;
  const property = callee.property as Node | undefined;
  if (callee.type !== 'MemberExpression' || callee.computed || property?.value !== 'join') return;
  const args = node.args as Node[];
  if (args.length === 1) becomeCall(node, 'join_method', [callee.object, ...args]);
}

function rewriteLoop(node: Node): void {
  const iterable = node.iterable as Node;
  if (iterable.type === 'SelectExpression') iterable.lhs = callOf(iterable, 'iterable', [iterable.lhs]);
  else node.iterable = callOf(iterable, 'iterable', [iterable]);
}

/** `{{ … }}` prints as `str` does. */
function printed(statement: Node): Node {
  if (STATEMENTS.test(String(statement.type))) return statement;
  const ours = String((statement.callee as Node | undefined)?.value);
  if (/^losslight_(?:str|concatenate|[lr]?strip|trim|join.*)$/.test(ours)) return statement;
  return callOf(statement, 'str', [statement]);
}
