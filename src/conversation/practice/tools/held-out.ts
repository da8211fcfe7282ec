/**
 * @file Tools that training data never lists: whether a model can use a tool from its schema alone.
 */
import type { Tool, ToolResult } from '../tool';

const STATES = ['on its way', 'delivered', 'packed', 'delayed'] as const;

export const HELD_OUT_TOOLS: readonly Tool[] = [
  {
    name: 'track_parcel',
    aliases: ['parcel_status'],
    description: 'Where a parcel is',
    parameters: { code: { type: 'string', aliases: ['parcel'] } },
    required: ['code'],
    simulate: ({ code }, world): ToolResult => {
      const key = world.draw('parcel', String(code));
      if (key % 10 === 0) return { error: 'not found' };
      return { state: world.pick(STATES, 'state', String(code)), days: 1 + ((key >>> 6) % 9) };
    },
  },
  {
    name: 'count_letters',
    aliases: ['letter_count'],
    description: 'Number of letters in a word',
    parameters: { word: { type: 'string', aliases: ['text'] } },
    required: ['word'],
    simulate: ({ word }): ToolResult => ({ letters: (String(word).match(/\p{L}/gu) ?? []).length }),
  },
  {
    name: 'book_table',
    aliases: ['reserve_table'],
    description: 'Book a table in a restaurant',
    parameters: {
      restaurant: { type: 'string', aliases: ['place'] },
      people: { type: 'integer', aliases: ['guests'] },
      time: { type: 'string', aliases: ['hour'] },
    },
    required: ['restaurant', 'people', 'time'],
    simulate: ({ restaurant, people, time }, world): ToolResult => {
      const key = world.draw('table', String(restaurant).toLowerCase(), String(time));
      if (Number(people) < 1) return { error: 'people must be above 0' };
      return key % 8 === 0 ? { error: 'no table free' } : { table: 1 + ((key >>> 5) % 30) };
    },
  },
];
