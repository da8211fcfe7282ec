/**
 * @file The practice world's tools: schemas, other names, simulators, errors.
 */
import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../../src/conversation/practice/arithmetic';
import { composeAll } from '../../src/conversation/practice/compose';
import { type Arguments, callOf, listingSchema, plainListing } from '../../src/conversation/practice/tool';
import { ALL_TOOLS, HELD_OUT_TOOLS, TOOLS, findTool } from '../../src/conversation/practice/tools';
import { unitsLike } from '../../src/conversation/practice/tools/quantities';
import { World, listingsOf, openWorld } from '../../src/conversation/practice/world';

const run = (name: string, args: Arguments, world = 1) => new World(world).run({ name, arguments: args });

describe('tools', () => {
  it('are at least twelve and three held out, each under names of its own', () => {
    expect(TOOLS.length).toBeGreaterThanOrEqual(12);
    expect(HELD_OUT_TOOLS.length).toBeGreaterThanOrEqual(3);
    const names = ALL_TOOLS.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(findTool(name)).toBeDefined();
    for (const { parameters, required, aliases } of ALL_TOOLS) {
      expect(aliases.length).toBeGreaterThan(0);
      const keys = Object.entries(parameters).flatMap(([own, { aliases: other = [] }]) => [own, ...other]);
      expect(new Set(keys).size).toBe(keys.length);
      for (const name of required) expect(Object.keys(parameters)).toContain(name);
    }
  });

  it('have schemas from which their listings are found again', () => {
    for (const tool of ALL_TOOLS) {
      const parameters = Object.fromEntries(
        Object.entries(tool.parameters).map(([own, { aliases = [] }]) => [own, aliases[0] ?? own]),
      );
      for (const listing of [plainListing(tool), { tool, name: tool.aliases[0] ?? '', parameters }]) {
        expect(listingsOf([listingSchema(listing)])).toEqual([listing]);
      }
    }
    expect(listingsOf([{ type: 'function', function: { name: 'fly' } }])).toEqual([]);
    expect(listingsOf([{ type: 'function', function: { name: 'calculate' } }])[0]?.name).toBe('calculate');
  });

  it('answer under the names that a conversation lists, and under no others', () => {
    const weather = findTool('get_weather');
    if (!weather) throw new Error('There is no get_weather.');
    const listing = { tool: weather, name: 'forecast', parameters: { city: 'place', day: 'when' } };
    const call = callOf(listing, { city: 'Oslo', day: 'today' });
    expect(call).toEqual({ name: 'forecast', arguments: { place: 'Oslo', when: 'today' } });
    const world = new World(5);
    expect(world.run(call, [listing])).toEqual(run('get_weather', { city: 'Oslo', day: 'today' }, 5));
    const city = { name: 'forecast', arguments: { city: 'Oslo' } };
    expect(world.run(city, [listing])).toEqual({ error: 'The argument “place” is missing.' });
    expect(world.run({ name: 'get_weather', arguments: {} }, [listing])).toEqual({
      error: 'unknown tool get_weather',
    });
    expect(world.run({ name: 'forecast', arguments: { place: 'Oslo', city: 'Rome' } }, [listing])).toEqual({
      error: 'The tool has no argument “city”.',
    });
  });
});

describe('simulators', () => {
  it('give the same result for the same world, and other worlds other results', () => {
    const results = (world: number) =>
      ['Oslo', 'Rome', 'Lima'].map((city) => [
        run('get_weather', { city }, world),
        run('find_contact', { name: city }, world),
        run('find_flights', { origin: city, destination: 'Perth' }, world),
        run('check_stock', { item: city }, world),
        run('define_word', { word: city }, world),
        run('search_articles', { query: city }, world),
        run('track_parcel', { code: city }, world),
      ]);
    expect(results(1)).toEqual(results(1));
    expect(results(1)).not.toEqual(results(2));
  });

  it.each([
    ['calculate', { expression: '12*(3+4)' }, { result: 84 }],
    ['calculate', { expression: '1/0' }, { error: 'division by zero' }],
    ['calculate', { expression: '2 +' }, { error: 'unexpected end' }],
    ['convert_units', { value: 3, from: 'km', to: 'm' }, { value: 3000 }],
    ['convert_units', { value: 2, from: 'hours', to: 'minutes' }, { value: 120 }],
    ['convert_units', { value: 3, from: 'km', to: 'kg' }, { error: 'units do not match' }],
    ['convert_units', { value: 3, from: 'parsecs', to: 'kg' }, { error: 'units do not match' }],
    ['convert_currency', { amount: 3, from: 'EUR', to: 'XXX' }, { error: 'unknown currency' }],
    ['exchange_rate', { base: 'constructor', quote: 'EUR' }, { error: 'unknown currency' }],
    ['exchange_rate', { base: 'EUR', quote: 'EUR' }, { rate: 1 }],
    ['list_events', { day: 'Noday' }, { error: 'unknown day' }],
    ['add_event', { title: 'x', day: 'today', time: '9:00' }, { error: 'unknown day' }],
    ['set_timer', { minutes: 5 }, { started: true, minutes: 5 }],
    ['set_timer', { minutes: 0 }, { error: 'minutes must be above 0' }],
    ['set_timer', { minutes: 1.5 }, { error: 'The argument “minutes” must be of type integer.' }],
    ['get_weather', {}, { error: 'The argument “city” is missing.' }],
    ['get_weather', { city: 3 }, { error: 'The argument “city” must be of type string.' }],
    [
      'get_weather',
      { city: 'Oslo', day: 'never' },
      { error: 'The argument “day” must be one of today, tomorrow.' },
    ],
    ['get_weather', { city: 'Oslo', week: 1 }, { error: 'The tool has no argument “week”.' }],
    ['read_note', { number: 0 }, { error: 'no such note' }],
    ['count_letters', { word: 'flavo' }, { letters: 5 }],
    ['book_table', { restaurant: 'Cafe Lima', people: 0, time: '9:00' }, { error: 'people must be above 0' }],
    ['fly', {}, { error: 'unknown tool fly' }],
  ])('%s %o', (name, args, result) => {
    expect(run(name, args)).toEqual(result);
  });

  it('convert units back and forth', () => {
    for (const from of ['km', 'miles', 'kg', 'cups', 'hours']) {
      for (const to of unitsLike(from)) {
        const there = run('convert_units', { value: 250, from, to }).value as number;
        const back = run('convert_units', { value: there, from: to, to: from }).value as number;
        expect(Math.abs(back - 250)).toBeLessThan(250 * 0.03);
      }
    }
  });

  it('convert money at the rate that they tell', () => {
    const rate = run('exchange_rate', { base: 'USD', quote: 'JPY' }).rate as number;
    expect(run('convert_currency', { amount: 50, from: 'USD', to: 'JPY' }).amount).toBeCloseTo(50 * rate, 2);
    expect(rate).toBeGreaterThan(100);
  });

  it('keep what is stored: notes can be read, appointments stand in the calendar', () => {
    const world = new World(9);
    const before = world.copy();
    const { number } = world.run({ name: 'save_note', arguments: { text: 'call Anna' } });
    expect(world.run({ name: 'read_note', arguments: { number: number ?? 0 } })).toEqual({
      text: 'call Anna',
    });
    world.run({ name: 'add_event', arguments: { title: 'lunch', day: 'Friday', time: '12:30' } });
    expect(world.run({ name: 'list_events', arguments: { day: 'Friday' } }).events).toContain(
      'lunch at 12:30',
    );
    expect(before.run({ name: 'list_events', arguments: { day: 'Friday' } }).events).not.toContain(
      'lunch at 12:30',
    );
  });

  it('go on from where a conversation stands', () => {
    const record = composeAll(400, { seed: 4 }).find(({ messages }) =>
      messages.some(({ toolCalls = [] }) =>
        toolCalls.some(({ name }) => findTool(name)?.name === 'save_note'),
      ),
    );
    if (!record) throw new Error('No record saves a note.');
    const at = record.messages.findIndex(({ toolCalls = [] }) =>
      toolCalls.some(({ name }) => findTool(name)?.name === 'save_note'),
    );
    const stored = (upTo: number) => openWorld(record, upTo).world.stored('note').length;
    expect([stored(at), stored(at + 1)]).toEqual([0, expect.any(Number)]);
    expect(stored(at + 1)).toBeGreaterThan(0);
    expect(() => openWorld({ messages: [], extra: {} })).toThrow(/no number “world”/);
  });

  it.each([
    ['1+2*3', 7],
    ['(1+2)*3', 9],
    ['-4 - -2', -2],
    ['8/4/2', 1],
    ['7-2-1', 4],
    ['1.5*2', 3],
  ])('%s is %d', (expression, value) => {
    expect(evaluateExpression(expression)).toBe(value);
  });

  it.each(['', '1 2', '(1', 'a', '1+*2', '1..2'])('refuses “%s”', (expression) => {
    expect(() => evaluateExpression(expression)).toThrow(SyntaxError);
  });
});
