/**
 * @file The library's interpreter, counting all that a template does against a budget (limits.ts), with short ways through
 * what templates do most: reading variables and fields, comparing, branching, looping. Each short way gives the value that
 * `@huggingface/jinja` 0.5 gives; everything else is left to the library.
 */
import { type Environment, Interpreter } from '@huggingface/jinja';
import { type Growing, growing, Sizes } from './growth';
import { DEEPEST, type RenderBudget, tooMuch } from './limits';
import {
  boolean,
  BREAK,
  CONTINUE,
  integer,
  isTrue,
  type Known,
  type Node,
  NULL,
  object,
  OBJECT_METHODS,
  scopeIn,
  type Statement,
  text,
  UNDEFINED,
  type Value,
} from './runtime-values';

/** A node that stands for a value that is there already: how what has been evaluated is handed to the library. */
const known = (value: Value): Node => ({ type: 'Known', value }) as unknown as Node;

type Callable = (args: Value[], scope: Environment) => Value;

/** How the functions are named that only a rewritten template calls (python-operators.ts, python-strip.ts). */
const OURS = 'losslight_';

/** What one node wrote into the text of a rendering. */
export interface NodeText {
  node: object;
  text: string;
}

export class BoundedInterpreter extends Interpreter {
  readonly #budget: RenderBudget;
  readonly #sizes: Sizes;
  #depth = 0;
  #open: Growing | undefined;
  /** Where what is written is kept; undefined while a value is made, of which nobody knows yet whether it is written. */
  #written: NodeText[] | undefined;

  /** Nodes of what failed, the innermost first, with the error that went through them. */
  #failed: { error: unknown; nodes: Node[] } = { error: undefined, nodes: [] };

  /** @param written gets what each node writes, in order; joined, it is the text. Macros are told as what calls them. */
  constructor(environment: Environment, budget: RenderBudget, written?: NodeText[]) {
    super(environment);
    this.#written = written;
    this.#budget = budget;
    this.#sizes = new Sizes(budget);
  }

  /** What was evaluated when `error` was thrown: nodes in one another, the innermost first. */
  trail(error: unknown): readonly object[] {
    return this.#failed.error === error ? this.#failed.nodes : [];
  }

  #follow(error: unknown, node: Node): void {
    if (this.#failed.error !== error) this.#failed = { error, nodes: [] };
    this.#failed.nodes.push(node);
  }

  /** @throws LosslightError `template-limit`, and whatever the library throws. */
  override evaluate(statement: Statement, environment: Environment): Value {
    if (!statement) return UNDEFINED;
    const node = statement as Node;
    if ((node.type as string) === 'Known') return node.value as Value;
    const outer = this.#open;
    if (node.type === 'StringLiteral' || node.type === 'Identifier') {
      this.#budget.spend(1);
      if (node.type === 'StringLiteral')
        return this.#weighed((node.known ??= text(node.value as string)) as Value, outer);
      const value = lookup(node.value as string, environment);
      // What these two hold was weighed when it was made, and they have new values all the time.
      if (!outer && (node.value === 'loop' || value.type === 'NamespaceValue')) return value;
      return this.#weighed(value, outer);
    }
    // A method's object is an operand of the call, and is evaluated inside of the callee.
    const inCallee = outer?.callee !== undefined && outer.callee === statement;
    this.#enter(inCallee ? { ...outer, callee: undefined } : growing(node));
    try {
      // The library gives no value at all for the first item of an empty list.
      const value = (this.#evaluate(node, environment) as Value | undefined) ?? UNDEFINED;
      return this.#weighed(value, inCallee ? undefined : outer);
    } catch (error) {
      this.#follow(error, node);
      throw error;
    } finally {
      this.#depth--;
      this.#open = outer;
    }
  }

  #enter(open: Growing | undefined): void {
    this.#open = open;
    this.#depth++;
    if (this.#depth > DEEPEST)
      throw tooMuch('nests too deeply, or has a macro that calls itself without end');
    this.#budget.spend(1);
  }

  /** Charges for a value, and refuses one that is too large, or that the operation it is for would make so. */
  #weighed(value: Value, operation: Growing | undefined): Value {
    const held: unknown = value.value;
    if (typeof held === 'string') {
      this.#budget.hold(held.length);
      this.#budget.spend(held.length >> 6);
    } else if (typeof held === 'object' && held !== null) {
      this.#budget.hold(this.#sizes.of(value));
      this.#budget.spend((Array.isArray(held) ? held.length : (held as Map<string, Value>).size) >> 2);
    }
    if (operation) {
      operation.operands.push(value);
      this.#budget.hold(this.#sizes.made(operation));
    }
    return value;
  }

  #evaluate(node: Node, environment: Environment): Value {
    switch (node.type) {
      case 'MemberExpression':
        return this.#member(node, environment);
      case 'BinaryExpression':
        return this.#binary(node, environment);
      case 'FilterExpression':
        return this.#filter(node, environment);
      case 'CallExpression':
        return isPlainCall(node) ? this.#call(node, environment) : super.evaluate(node, environment);
      case 'TestExpression': {
        const operand = this.evaluate(node.operand as Node, environment);
        const test = environment.tests.get((node.test as Node).value as string);
        if (!test) return super.evaluate({ ...node, operand: known(operand) } as Node, environment);
        return boolean(test(operand) !== Boolean(node.negate));
      }
      case 'UnaryExpression': {
        const argument = this.evaluate(node.argument as Node, environment);
        return (node.operator as Node).value === 'not'
          ? boolean(!isTrue(argument))
          : super.evaluate({ ...node, argument: known(argument) } as Node, environment);
      }
      case 'Ternary': {
        const condition = this.evaluate(node.condition as Node, environment);
        return this.evaluate((isTrue(condition) ? node.trueExpr : node.falseExpr) as Node, environment);
      }
      case 'IntegerLiteral':
        return integer(node.value as number);
      case 'Set':
        return this.#set(node, environment);
      case 'Program':
        return text(this.#block(node.body as Node[], environment));
      case 'If':
        return text(this.#branch(node, environment));
      case 'For':
        return takesAll(node) ? text(this.#loop(node, environment)) : super.evaluate(node, environment);
      default:
        return super.evaluate(node, environment);
    }
  }

  #set(node: Node, environment: Environment): Value {
    const assignee = node.assignee as Node;
    const property = assignee.property as Node | undefined;
    const simple = assignee.type === 'Identifier' || property?.type === 'Identifier';
    if (!node.value || !simple) return super.evaluate(node, environment);
    const value = this.evaluate(node.value as Node, environment);
    if (property === undefined) {
      environment.setVariable(assignee.value as string, value);
      return NULL;
    }
    const to = this.evaluate(assignee.object as Node, environment);
    if (to.type !== 'NamespaceValue') {
      const given = { ...node, value: known(value), assignee: { ...assignee, object: known(to) } };
      return super.evaluate(given as Node, environment);
    }
    (to.value as Map<string, Value>).set(property.value as string, value);
    return NULL;
  }

  /** The text of statements in a row. */
  #block(statements: readonly Node[], environment: Environment): string {
    let written = '';
    for (const statement of statements) {
      if (statement.type === 'If' || (statement.type === 'For' && takesAll(statement))) {
        written += this.#counted(statement, environment);
        continue;
      }
      const value = this.#unwritten(statement, environment);
      const empty = value.type === 'NullValue' || value.type === 'UndefinedValue';
      const own = value.type === 'StringValue' ? (value.value as string) : empty ? '' : value.toString();
      if (own) this.#written?.push({ node: statement, text: own });
      written += own;
    }
    return written;
  }

  /** A value, of which nothing is written yet although a macro in it writes. */
  #unwritten(node: Node, environment: Environment): Value {
    if (!this.#written) return this.evaluate(node, environment);
    const written = this.#written;
    this.#written = undefined;
    try {
      return this.evaluate(node, environment);
    } finally {
      this.#written = written;
    }
  }

  /** What a branch or loop writes, counted as `evaluate` counts. */
  #counted(statement: Node, environment: Environment): string {
    const outer = this.#open;
    this.#enter(undefined);
    try {
      const written =
        statement.type === 'If' ? this.#branch(statement, environment) : this.#loop(statement, environment);
      this.#budget.hold(written.length);
      this.#budget.spend(written.length >> 6);
      return written;
    } catch (error) {
      this.#follow(error, statement);
      throw error;
    } finally {
      this.#depth--;
      this.#open = outer;
    }
  }

  #branch(node: Node, environment: Environment): string {
    const test = this.#unwritten(node.test as Node, environment);
    return this.#block((isTrue(test) ? node.body : node.alternate) as Node[], environment);
  }

  /** As the library loops: what an iteration wrote before `break` or `continue` is lost, and it counts as none. */
  #loop(node: Node, environment: Environment): string {
    const scope = scopeIn(environment);
    const iterable = this.#unwritten(node.iterable as Node, scope);
    const items: unknown = iterable.value;
    if (!Array.isArray(items)) {
      // Only its keys are gone through, or it is refused.
      const over = { ...node, iterable: known(iterable) };
      const outer = this.#written;
      this.#written = undefined;
      const own = String(super.evaluate(over as Node, environment).value);
      this.#written = outer;
      if (own) outer?.push({ node, text: own });
      return own;
    }
    let written = '';
    let none = true;
    // One object for all iterations, as in Python. What it holds changes, so its size is never taken for known.
    const variables = new Map<string, Value>();
    const loop = object(variables);
    (loop as Known).measured = NaN;
    scope.setVariable('loop', loop);
    for (const [i, item] of (items as Value[]).entries()) {
      setLoop(variables, items as Value[], i);
      scope.setVariable((node.loopvar as Node).value as string, item);
      const before = this.#written?.length ?? 0;
      try {
        written += this.#block(node.body as Node[], scope);
      } catch (error) {
        if (!(error instanceof CONTINUE || error instanceof BREAK)) throw error;
        this.#written?.splice(before);
        if (error instanceof CONTINUE) continue;
        break;
      }
      this.#budget.hold(written.length);
      none = false;
    }
    return none ? written + this.#block(node.defaultBlock as Node[], scope) : written;
  }

  #member(node: Node, environment: Environment): Value {
    const of = this.evaluate(node.object as Node, environment);
    const held: unknown = of.value;
    const property = node.property as Node;
    if (!node.computed) {
      if (property.type === 'Identifier' && held instanceof Map) {
        const name = property.value as string;
        const value = (held as Map<string, Value>).get(name);
        if (value !== undefined) return value;
        if (of.type === 'ObjectValue' && !OBJECT_METHODS.has(name)) return UNDEFINED;
      }
      return super.evaluate({ ...node, object: known(of) } as Node, environment);
    }
    if (property.type === 'SliceExpression')
      return super.evaluate({ ...node, object: known(of) } as Node, environment);
    const key = this.evaluate(property, environment);
    if (Array.isArray(held) && key.type === 'IntegerValue')
      return (held as Value[]).at(key.value as number) ?? UNDEFINED;
    if (held instanceof Map && key.type === 'StringValue') {
      const value = (held as Map<string, Value>).get(key.value as string);
      if (value !== undefined) return value;
    }
    return super.evaluate({ ...node, object: known(of), property: known(key) } as Node, environment);
  }

  /** A dictionary that no template can change is written as JSON once. */
  #filter(node: Node, environment: Environment): Value {
    const filter = node.filter as Node;
    if (filter.type !== 'Identifier' || filter.value !== 'tojson') return super.evaluate(node, environment);
    const operand: Known = this.evaluate(node.operand as Node, environment);
    if (operand.json) return operand.json;
    const json = super.evaluate({ ...node, operand: known(operand) } as Node, environment);
    if (operand.measured !== undefined && !Number.isNaN(operand.measured)) operand.json = json;
    return json;
  }

  #call(node: Node, environment: Environment): Value {
    const args = (node.args as Node[]).map((argument) => this.evaluate(argument, environment));
    const callee = node.callee as Node;
    if (callee.type === 'Identifier' && (callee.value as string).startsWith(OURS)) {
      const ours = (node.known ??= this.#outermost(callee.value as string)) as Value | undefined;
      if (ours) return (ours.value as Callable)(args, environment);
    }
    const called = this.evaluate(callee, environment);
    if (called.type !== 'FunctionValue')
      return super.evaluate({ ...node, args: args.map(known), callee: known(called) } as Node, environment);
    return (called.value as Callable)(args, environment);
  }

  /** A variable that all renderings share. */
  #outermost(name: string): Value | undefined {
    let scope = this.global;
    while (scope.parent) scope = scope.parent;
    return scope.variables.get(name);
  }

  #binary(node: Node, environment: Environment): Value {
    const operator = (node.operator as Node).value as string;
    const left = this.evaluate(node.left as Node, environment);
    if (operator === 'and') return isTrue(left) ? this.evaluate(node.right as Node, environment) : left;
    if (operator === 'or') return isTrue(left) ? left : this.evaluate(node.right as Node, environment);
    const right = this.evaluate(node.right as Node, environment);
    const [a, b]: [unknown, unknown] = [left.value, right.value];
    if (typeof a === typeof b) {
      if (operator === '==') return boolean(a === b);
      if (operator === '!=') return boolean(a !== b);
      if (typeof a === 'string' && typeof b === 'string' && (operator === '+' || operator === '~'))
        return text(a + b);
    }
    if (left.type === 'IntegerValue' && right.type === 'IntegerValue') {
      const [x, y] = [a as number, b as number];
      if (operator === '<') return boolean(x < y);
      if (operator === '>') return boolean(x > y);
      if (operator === '<=') return boolean(x <= y);
      if (operator === '>=') return boolean(x >= y);
      if (operator === '-') return integer(x - y);
    }
    return super.evaluate({ ...node, left: known(left), right: known(right) } as Node, environment);
  }
}

/** Whether a loop goes through all of a list, one variable at a time: no `if` in its head, no unpacking. */
const takesAll = (node: Node): boolean =>
  (node.iterable as Node).type !== 'SelectExpression' && (node.loopvar as Node).type === 'Identifier';

const NAMED = /^(?:SpreadExpression|KeywordArgumentExpression|KeywordSpreadExpression)$/;

/** Whether a call has positional arguments only. */
const isPlainCall = (node: Node): boolean =>
  (node.plain ??= (node.args as Node[]).every(({ type }) => !NAMED.test(type))) as boolean;

function setLoop(loop: Map<string, Value>, items: readonly Value[], i: number): void {
  const { length } = items;
  loop
    .set('index', integer(i + 1))
    .set('index0', integer(i))
    .set('revindex', integer(length - i))
    .set('revindex0', integer(length - i - 1))
    .set('first', boolean(i === 0))
    .set('last', boolean(i === length - 1))
    .set('length', integer(length))
    .set('previtem', items[i - 1] ?? UNDEFINED)
    .set('nextitem', items[i + 1] ?? UNDEFINED);
}

/** As `Environment.lookupVariable`, which throws and catches an error where there is none. */
function lookup(name: string, environment: Environment): Value {
  for (let scope: Environment | undefined = environment; scope; scope = scope.parent) {
    const value = scope.variables.get(name);
    if (value !== undefined) return value;
    if (scope.variables.has(name)) break;
  }
  return UNDEFINED;
}
