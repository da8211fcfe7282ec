/**
 * @file Skills of time: calendar, appointments, timer.
 */
import { clockTime, eventTitle, foodName, weekday } from '../entities';
import type { Skill } from '../skill';

export const CALENDAR_SKILLS: readonly Skill[] = [
  {
    tool: 'list_events',
    topic: 'the calendar',
    draw: ({ random }) => {
      const day = weekday(random);
      return { args: { day }, slots: { day } };
    },
    kind: 'query',
    what: 'the plan for {day}',
    wording: {
      queries: [
        'my [plan|calendar|agenda|events|~schedule] for {day}',
        '[the|my] [appointments|meetings] on {day}',
        "{day}'s [plan|events|agenda]",
      ],
      own: [
        'What [is on|do I have|is planned|happens|~is going on] on {day}?',
        'What do I have to do on {day}?',
        'Am I [free|busy] on {day}?',
        'Do I have [anything|something|a meeting|an appointment|~plans] on {day}?',
        'Is there anything on {day}?',
        '~How does my {day} look?',
      ],
    },
    again: ['And on {day}?', 'What about {day}?', 'And {day}?', '~And how about {day}?'],
    answers: ({ events }) =>
      Array.isArray(events) && events.length > 0
        ? ['On {day}: {r_events}.', 'On {day} you have {r_events}.']
        : ['Nothing is planned on {day}.', 'You are free on {day}.'],
    failure: 'I could not read the calendar of {day}.',
    stated: 'On {day} you have {r_events}.',
    missing: {
      what: 'day',
      ask: {
        queries: ['my [plan|calendar|agenda|~schedule]'],
        own: ['What do I have to do?', 'Am I free?', '~Am I busy?'],
      },
      back: ['On which day?', 'Which day do you mean?', 'For which day?'],
      supply: ['{day}', 'On {day}.', 'I mean {day}.', '~{day}, of course.'],
    },
  },
  {
    tool: 'add_event',
    topic: 'appointments',
    draw: ({ random, entities }) => {
      const [title, day, time] = [eventTitle(random, entities), weekday(random), clockTime(random)];
      return { args: { title, day, time }, slots: { title, day, time } };
    },
    kind: 'action',
    what: 'add {title} on {day} at {time}',
    wording: {
      actions: [
        '[add|put|enter|note|~plan] {title} on {day} at {time}',
        'add {title} to my calendar on {day} at {time}',
        'put {title} into [my|the] calendar for {day} at {time}',
        'make an appointment: {title}, {day} at {time}',
        '~block {day} at {time} for {title}',
      ],
      own: [
        'I have {title} on {day} at {time}. [Add it|Put it into my calendar|~Please plan it].',
        'New appointment: {title}, {day}, {time}.',
        '{title} is on {day} at {time}. Please add it.',
        '~On {day} at {time} there is {title}. Add it.',
      ],
    },
    again: [
      'And {title} on {day} at {time}.',
      'Also {title} on {day} at {time}.',
      '~Then {title} on {day} at {time}.',
    ],
    answers: () => ['Added: {title} on {day} at {time}.', '{title} is in your calendar on {day} at {time}.'],
    failure: 'I could not add {title}.',
    missing: {
      what: 'title and time',
      ask: {
        actions: ['add an [event|appointment]', 'put something into my calendar', '~plan something'],
        own: ['I have a new appointment.', '~There is something new for my calendar.'],
      },
      back: ['What is it, on which day and at what time?', 'What, and when?'],
      supply: ['{title} on {day} at {time}', '{title}, {day}, {time}', '~It is {title} on {day} at {time}.'],
    },
  },
  {
    tool: 'set_timer',
    topic: 'timers',
    draw: ({ random }) => {
      const minutes = random.int(1, 90);
      const label = random.chance(0.5) ? foodName(random) : undefined;
      return {
        args: { minutes, ...(label ? { label } : {}) },
        slots: { minutes: String(minutes), why: label ? ` for the ${label}` : '' },
      };
    },
    kind: 'action',
    what: 'set a timer of {minutes} minutes{why}',
    wording: {
      actions: [
        '[set|start|~run] a timer [for|of] {minutes} minutes{why}',
        '[set|start|~run] a {minutes} minute timer{why}',
        '[tell|remind|warn] me in {minutes} minutes{why}',
        'count {minutes} minutes{why}',
        '~wake me in {minutes} minutes{why}',
      ],
      own: [
        'Timer{why}, {minutes} minutes.',
        'I need [a timer of {minutes} minutes|a {minutes} minute timer|{minutes} minutes]{why}.',
        'Timer: {minutes} minutes{why}.',
        '{minutes} minutes{why}, starting now.',
        '~{minutes} minutes on the clock{why}.',
      ],
    },
    again: [
      'And [one|a timer] of {minutes} minutes{why}.',
      'Another one: {minutes} minutes{why}.',
      '~And {minutes} minutes{why}.',
    ],
    answers: () => [
      'The timer{why} is set: {r_minutes} minutes.',
      'Timer{why} started: {r_minutes} minutes.',
    ],
    failure: 'I could not set the timer.',
    missing: {
      what: 'minutes',
      ask: {
        actions: ['[set|start|~run] a timer'],
        own: ['I need a timer.', 'A timer, please.', '~Time something for me.'],
      },
      back: ['For how many minutes?', 'How many minutes?'],
      supply: [
        '{minutes} minutes{why}',
        '{minutes} minutes{why}, please.',
        'For {minutes} minutes{why}.',
        '~Make it {minutes} minutes{why}.',
      ],
    },
  },
];
