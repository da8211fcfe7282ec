/**
 * @file What the table says that shows how each strategy trains each assistant message.
 */
import { decimal } from './numbers';

export const messageTable = {
  title: 'Each assistant message',
  label: 'Assistant messages by strategy',
  message: 'Message',
  row: (message: number, turn: number) => `${message}, turn ${turn}`,
  never: 'never',
  trained: (times: number, weight: number) => `${times}× at ${decimal(weight, 2)}`,
  unweighed: (times: number) => `${times}× at –`,
};
