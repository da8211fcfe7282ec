/**
 * @file Tools of a desk: calendar, timer, contacts, notes, stock.
 */
import type { Tool, ToolResult } from '../tool';
import { EVENTS, WEEKDAYS } from '../word-lists';

const DAYS = WEEKDAYS;

export const OFFICE_TOOLS: readonly Tool[] = [
  {
    name: 'list_events',
    aliases: ['calendar', 'get_events', 'show_agenda'],
    description: 'Calendar of a day',
    parameters: { day: { type: 'string', aliases: ['date', 'weekday'] } },
    required: ['day'],
    simulate: ({ day }, world): ToolResult => {
      if (!DAYS.includes(String(day))) return { error: 'unknown day' };
      const key = world.draw('events', String(day));
      const own =
        key % 5 === 0
          ? []
          : [`${EVENTS[(key >>> 5) % EVENTS.length] ?? 'lunch'} at ${8 + ((key >>> 12) % 12)}:30`];
      return { events: [...own, ...world.stored(`event ${String(day)}`)] };
    },
  },
  {
    name: 'add_event',
    aliases: ['create_event', 'schedule', 'new_appointment'],
    description: 'Put into the calendar',
    parameters: {
      title: { type: 'string', aliases: ['name', 'event'] },
      day: { type: 'string', aliases: ['date', 'weekday'] },
      time: { type: 'string', aliases: ['start', 'hour'] },
    },
    required: ['title', 'day', 'time'],
    simulate: ({ title, day, time }, world): ToolResult => {
      if (!DAYS.includes(String(day))) return { error: 'unknown day' };
      world.store(`event ${String(day)}`, `${String(title)} at ${String(time)}`);
      return { added: true };
    },
  },
  {
    name: 'set_timer',
    aliases: ['timer', 'start_timer'],
    description: 'Start a timer',
    parameters: {
      minutes: { type: 'integer', aliases: ['duration', 'length'] },
      label: { type: 'string', aliases: ['title', 'purpose'] },
    },
    required: ['minutes'],
    simulate: ({ minutes }): ToolResult =>
      Number(minutes) > 0
        ? { started: true, minutes: Number(minutes) }
        : { error: 'minutes must be above 0' },
  },
  {
    name: 'find_contact',
    aliases: ['contacts', 'phone_book', 'get_phone_number'],
    description: 'Phone number of a person',
    parameters: { name: { type: 'string', aliases: ['person', 'contact'] } },
    required: ['name'],
    simulate: ({ name }, world): ToolResult => {
      const key = world.draw('contact', String(name).toLowerCase());
      if (key % 10 === 0) return { error: 'not found' };
      return { phone: String(100000 + ((key >>> 4) % 900000)) };
    },
  },
  {
    name: 'save_note',
    aliases: ['take_note', 'add_note'],
    description: 'Write a note',
    parameters: { text: { type: 'string', aliases: ['content', 'note'] } },
    required: ['text'],
    simulate: ({ text }, world): ToolResult => ({
      saved: true,
      number: (world.draw('notes') % 40) + world.store('note', String(text)),
    }),
  },
  {
    name: 'read_note',
    aliases: ['open_note', 'get_note'],
    description: 'Read a note by its number',
    parameters: { number: { type: 'integer', aliases: ['id', 'note_number'] } },
    required: ['number'],
    simulate: ({ number }, world): ToolResult => {
      const first = world.draw('notes') % 40;
      const saved = world.stored('note')[Number(number) - first - 1];
      if (saved !== undefined) return { text: saved };
      const key = world.draw('note', String(number));
      if (Number(number) < 1 || key % 8 === 0) return { error: 'no such note' };
      const tasks = [
        'buy bread',
        'pay the rent',
        'call the office',
        'water the plants',
        'send the letter',
      ] as const;
      return { text: `${world.pick(tasks, 'task', String(number))} on ${DAYS[(key >>> 6) % 7] ?? 'Monday'}` };
    },
  },
  {
    name: 'check_stock',
    aliases: ['stock', 'inventory', 'count_items'],
    description: 'How many are in stock',
    parameters: { item: { type: 'string', aliases: ['product', 'article'] } },
    required: ['item'],
    simulate: ({ item }, world) => {
      const key = world.draw('stock', String(item).toLowerCase());
      return { count: key % 9 === 0 ? 0 : (key >>> 3) % 60 };
    },
  },
];
