/**
 * @file What runs as one call of the library and can make much of little: `replace`, `join`, `indent`, `tojson`. How much
 * it will make is known from its operands, before it begins.
 */
import { DEEPEST, type RenderBudget, tooMuch } from './limits';
import type { Known, Node, Value } from './runtime-values';

/** Spaces of one level of `tojson(indent=…)`, of which every line has as many as it is deep. */
const WIDEST_INDENT = 64;

/** The operations of the library that can make much of little, while their operands are being evaluated. */
export interface Growing {
  name: string;
  /** Operands in the order in which the library evaluates them: of a method, its object comes last. */
  operands: Value[];
  /** The callee `x.replace`, where the operation is a method. */
  callee?: unknown;
}

/** Measures values. */
export class Sizes {
  readonly #budget: RenderBudget;

  constructor(budget: RenderBudget) {
    this.#budget = budget;
  }

  /** Characters and entries of a value as `tojson` writes it: what occurs twice counts twice. */
  of(value: Value, depth = 0): number {
    const held: unknown = value.value;
    if (typeof held === 'string') return held.length + 1;
    if (typeof held !== 'object' || held === null) return 1;
    const known = (value as Known).measured;
    if (known !== undefined && !Number.isNaN(known)) return known;
    if (depth > DEEPEST) throw tooMuch('nests lists too deeply');
    this.#budget.spend(1);
    let size = 1;
    for (const item of Array.isArray(held) ? (held as Value[]) : (held as Map<string, Value>).values()) {
      size += this.of(item, depth + 1);
      if (size > this.#budget.size) break;
    }
    // A namespace and a loop change, and with it what holds one; a size that is too large has not been counted to its end.
    if (size <= this.#budget.size && known === undefined && !this.#holdsNamespace(value))
      (value as Known).measured = size;
    return size;
  }

  /** Characters that an operation makes of the operands that are known, at most. */
  made({ name, operands }: Growing): number {
    const size = (i: number) => {
      const operand = operands[i];
      return operand ? this.of(operand) : 0;
    };
    const rest = operands.slice(1);
    const width = Math.max(0, ...rest.map(({ value }) => (typeof value === 'number' ? value : 0)));
    const replaced = (text: number, old: number, by: number) => text + (text / Math.max(1, old - 1) + 1) * by;
    switch (name) {
      case 'replace':
        return replaced(size(0), size(1), size(2));
      case 'method':
        return replaced(Math.max(0, ...operands.map((_, i) => (i < 2 ? 0 : size(i)))), size(0), size(1));
      case 'tojson':
        if (width > WIDEST_INDENT) throw tooMuch(`indents by more than ${WIDEST_INDENT} spaces`);
        return size(0) * Math.max(1, width, ...rest.map((_, i) => size(i + 1)));
      case 'indent':
        return size(0) * Math.max(1, width);
      default:
        return size(0) * Math.max(1, size(1) - 1);
    }
  }

  #holdsNamespace({ type, value }: Value): boolean {
    if (type === 'NamespaceValue') return true;
    const items = Array.isArray(value) ? (value as Value[]) : value instanceof Map ? value.values() : [];
    for (const item of items as Iterable<Value>) {
      // What is inside has been measured before, and is known unless it holds a namespace.
      if (typeof item.value === 'object' && item.value !== null && !(((item as Known).measured ?? NaN) >= 0))
        return true;
    }
    return false;
  }
}

/** The operation that `node` is, where it can make much of little. */
export function growing(node: Node): Growing | undefined {
  if (node.type === 'FilterExpression' || node.type === 'FilterStatement') {
    const filter = node.filter as Node;
    const name = filter.type === 'CallExpression' ? (filter.callee as Node).value : filter.value;
    return /^(?:replace|join|indent|tojson)$/.test(String(name))
      ? { name: String(name), operands: [] }
      : undefined;
  }
  if (node.type !== 'CallExpression') return undefined;
  const callee = node.callee as Node;
  const property = callee.property as Node | undefined;
  const replaces =
    callee.type === 'MemberExpression' && (property?.type !== 'Identifier' || property.value === 'replace');
  return replaces ? { name: 'method', operands: [], callee } : undefined;
}
