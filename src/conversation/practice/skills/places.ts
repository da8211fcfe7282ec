/**
 * @file Skills about places: weather, flights.
 */
import { cityName, twoCities } from '../entities';
import type { Skill } from '../skill';

export const PLACE_SKILLS: readonly Skill[] = [
  {
    tool: 'get_weather',
    changing: true,
    topic: 'the weather',
    draw: ({ random, entities }) => {
      const city = cityName(random, entities);
      const day = random.weighted(
        [
          ['', 5],
          ['today', 2],
          ['tomorrow', 3],
        ] as const,
        ([, weight]) => weight,
      )[0];
      // A question that does not name the day leaves the optional argument out.
      return { args: { city, ...(day ? { day } : {}) }, slots: { city, day, when: day ? ` ${day}` : '' } };
    },
    kind: 'query',
    what: 'the weather in {city}{when}',
    wording: {
      queries: [
        'the [weather|temperature|forecast|~outlook] [in|for] {city}{when}',
        'the {city} [weather|forecast]{when}',
        "{city}'s weather{when}",
        '~the weather report for {city}{when}',
      ],
      own: [
        '[Will it rain|Will it snow|Will it be sunny|Is it cold|Is it warm|Is it windy|Is it foggy|~Is it freezing|~Is it raining] in {city}{when}?',
        'How [is the weather|warm is it|cold is it|~hot is it|~does the sky look] in {city}{when}?',
        'Do I need [a coat|an umbrella|a hat|warm shoes|~gloves|~sunglasses] in {city}{when}?',
        '{city} weather{when}?',
        'What [should I wear|is it like outside|~can I expect outside] in {city}{when}?',
        'I [am going to|travel to|will be in|~fly to] {city}{when}. [How is the weather|What is the weather|Will it rain] there?',
        'Is {city} [sunny|rainy|cold|warm|~dry]{when}?',
      ],
    },
    again: [
      'And [in|for] {city}{when}?',
      'What about {city}{when}?',
      'And {city}{when}?',
      'How is it in {city}{when}?',
      '~{city} too{when}?',
      '~And how about {city}{when}?',
    ],
    answers: () => [
      'The weather in {city}{when}: {r_sky}, {r_celsius} degrees.',
      'In {city}{when}: {r_sky}, {r_celsius} degrees.',
      '{city}{when}: {r_sky} with {r_celsius} degrees.',
    ],
    failure: 'I could not get the weather in {city}.',
    stated: 'The weather in {city}{when}: {r_sky}, {r_celsius} degrees.',
    missing: {
      what: 'city',
      ask: {
        queries: ['the [weather|forecast|temperature]'],
        own: [
          '[Will it rain|Is it cold|How is it] outside?',
          'How is the weather?',
          'Do I need [a coat|an umbrella|~gloves]?',
          '~Is it nice out?',
        ],
      },
      back: ['For which city?', 'In which city?', 'Which city do you mean?'],
      supply: [
        '{city}{when}',
        'In {city}{when}.',
        'I mean {city}{when}.',
        'For {city}{when}, please.',
        '~{city}{when}, of course.',
      ],
    },
  },
  {
    tool: 'find_flights',
    changing: true,
    topic: 'flights',
    draw: ({ random, entities }) => {
      const [origin, destination] = twoCities(random, entities);
      return { args: { origin, destination }, slots: { origin, destination } };
    },
    kind: 'query',
    what: 'a flight from {origin} to {destination}',
    wording: {
      queries: [
        '[a|the next|the first] flight from {origin} to {destination}',
        'flights from {origin} to {destination}',
        '[a plane|~a seat on a plane] from {origin} to {destination}',
        'a flight to {destination} from {origin}',
      ],
      actions: [
        'search [flights|a flight] from {origin} to {destination}',
        '~get me from {origin} to {destination} by plane',
      ],
      own: [
        'How do I [fly|~travel by plane] from {origin} to {destination}?',
        'When can I fly from {origin} to {destination}?',
        'I am in {origin} and [want|need|have] to fly to {destination}.',
        'Is there a [flight|plane] from {origin} to {destination}?',
        'What does a flight from {origin} to {destination} cost?',
        'I [want|need|would like] to fly from {origin} to {destination}.',
        '{origin} to {destination} by plane?',
        '~Which plane goes from {origin} to {destination}?',
      ],
    },
    again: [
      'And from {origin} to {destination}?',
      'What about {origin} to {destination}?',
      '~And one from {origin} to {destination}?',
    ],
    answers: () => [
      'Flight {r_flight} from {origin} to {destination} leaves at {r_time} and costs {r_price}.',
      '{r_flight} leaves {origin} at {r_time}. It costs {r_price}.',
    ],
    failure: 'I could not find a flight from {origin} to {destination}.',
    stated: 'Flight {r_flight} from {origin} to {destination} leaves at {r_time} and costs {r_price}.',
    missing: {
      what: 'cities',
      ask: {
        queries: ['a [flight|plane]', 'flights'],
        own: ['I want to fly.', 'Is there a flight?', '~I need to fly out soon.'],
      },
      back: ['From where to where?', 'From which city to which city?'],
      supply: [
        'From {origin} to {destination}.',
        '{origin} to {destination}',
        '~I start in {origin} and go to {destination}.',
      ],
    },
  },
];
