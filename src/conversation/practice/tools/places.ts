/**
 * @file Tools about places: weather, flights.
 */
import type { Tool, ToolResult } from '../tool';

export const SKIES = ['sunny', 'rainy', 'cloudy', 'windy', 'snowy', 'foggy'] as const;
const AIRLINES = ['KL', 'LX', 'BA', 'AF', 'SK', 'TP', 'OS', 'AY'] as const;

export const PLACE_TOOLS: readonly Tool[] = [
  {
    name: 'get_weather',
    aliases: ['weather', 'weather_report', 'forecast'],
    description: 'Weather in a city',
    parameters: {
      city: { type: 'string', aliases: ['place', 'location'] },
      day: { type: 'string', enum: ['today', 'tomorrow'], aliases: ['date', 'when'] },
    },
    required: ['city'],
    simulate: ({ city, day = 'today' }, world): ToolResult => {
      const key = world.draw('weather', String(city).toLowerCase(), String(day));
      if (key % 16 === 0) return { error: 'no data' };
      return { sky: world.pick(SKIES, 'sky', String(key)), celsius: ((key >>> 8) % 45) - 10 };
    },
  },
  {
    name: 'find_flights',
    aliases: ['flight_search', 'flights'],
    description: 'Flight between two cities',
    parameters: {
      origin: { type: 'string', aliases: ['from', 'departure'] },
      destination: { type: 'string', aliases: ['to', 'arrival'] },
    },
    required: ['origin', 'destination'],
    simulate: ({ origin, destination }, world): ToolResult => {
      const key = world.draw('flight', String(origin).toLowerCase(), String(destination).toLowerCase());
      if (key % 8 === 0) return { error: 'no flights' };
      const flight = `${world.pick(AIRLINES, 'airline', String(key))}${100 + ((key >>> 4) % 900)}`;
      return {
        flight,
        time: `${6 + ((key >>> 9) % 16)}:${15 + 5 * ((key >>> 14) % 9)}`,
        price: 39 + ((key >>> 18) % 500),
      };
    },
  },
];
