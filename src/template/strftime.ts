/**
 * @file The date as Python's `strftime` writes it, in English as in Python's C locale, for templates that print it.
 */

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
/** Longest format that is read; a date needs far less. */
const LONGEST = 1000;

/** What the clock shows, without a time zone: `new Date` of it is written alike by a template wherever it is read. */
export const clockNow = (): string => strftimeNow('%Y-%m-%dT%H:%M:%S');

/** What transformers gives to templates as `strftime_now`. Directives that are not known stay as they are. */
export function strftimeNow(format: unknown, now = new Date()): string {
  if (typeof format !== 'string') throw new TypeError('strftime_now() takes a text');
  if (format.length > LONGEST) throw new RangeError('strftime_now() was given too long a text');
  const two = (number: number) => String(number).padStart(2, '0');
  const month = MONTHS[now.getMonth()] ?? '';
  const day = DAYS[now.getDay()] ?? '';
  const hour12 = now.getHours() % 12 || 12;
  const parts: Record<string, string> = {
    Y: String(now.getFullYear()),
    y: two(now.getFullYear() % 100),
    m: two(now.getMonth() + 1),
    B: month,
    b: month.slice(0, 3),
    d: two(now.getDate()),
    A: day,
    a: day.slice(0, 3),
    H: two(now.getHours()),
    I: two(hour12),
    p: now.getHours() < 12 ? 'AM' : 'PM',
    M: two(now.getMinutes()),
    S: two(now.getSeconds()),
    '%': '%',
  };
  return format.replace(/%([A-Za-z%])/g, (whole, directive: string) =>
    Object.hasOwn(parts, directive) ? (parts[directive] ?? whole) : whole,
  );
}
