/**
 * @file The calculator tool's arithmetic: + - * / and parentheses on decimal numbers, by recursive descent.
 */

/**
 * The value of an expression such as `12 * (3 + 4)`.
 *
 * @throws SyntaxError if it is no such expression, RangeError on a division by zero.
 */
export function evaluateExpression(text: string): number {
  const tokens = text.match(/\d+(?:\.\d+)?|\S/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(at < tokens.length ? `unexpected ${tokens[at]}` : 'unexpected end');
  };

  const factor = (): number => {
    const token = tokens[at];
    if (token === '-') {
      at++;
      return -factor();
    }
    if (token === '(') {
      at++;
      const value = sum();
      if (tokens[at] !== ')') fail();
      at++;
      return value;
    }
    if (token === undefined || !/^\d/.test(token)) return fail();
    at++;
    return Number(token);
  };
  const product = (): number => {
    let value = factor();
    while (tokens[at] === '*' || tokens[at] === '/') {
      const divide = tokens[at++] === '/';
      const right = factor();
      if (divide && right === 0) throw new RangeError('division by zero');
      value = divide ? value / right : value * right;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-')
      value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };

  const value = sum();
  if (at < tokens.length) fail();
  return value;
}
