/**
 * @file Numbers and durations for reading: English, with a typographic minus and a comma between thousands. They are part
 * of the language, since another one writes and counts them otherwise.
 */

/** Made when they are needed: the first has the browser read its tables, which takes longer than drawing a panel. */
let integers: Intl.NumberFormat | undefined;
let amounts: Intl.NumberFormat | undefined;

/** `1,234`. */
export function count(value: number): string {
  // Nearly all that the page counts.
  if (value >= 0 && value < 1e6) return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
  integers ??= new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
  return integers.format(value);
}

/** `1,234`, `2.5`: how much or how many, to two decimal places. */
export function amount(value: number): string {
  amounts ??= new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });
  return amounts.format(value);
}

/** `42 tokens`, `1 token`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `1.8 million`, `12,500`. */
export function largeCount(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} billion`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} million`;
  return count(value);
}

/** A signed or unsigned number with a typographic minus: `−0.31`. */
export function decimal(value: number, digits = 2): string {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const text = value.toFixed(digits);
  // A rounded negative zero has no sign worth reading.
  return Number(text) === 0 ? (0).toFixed(digits) : text.replaceAll('-', '−');
}

/** A change, with its sign always shown: `+0.42`. */
export function change(value: number, digits = 2): string {
  const text = decimal(value, digits);
  return Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

/** A weight as short as it can be written: `1`, `0.3`, `−1`. */
export function weight(value: number): string {
  return String(Number(value.toPrecision(4))).replaceAll('-', '−');
}

/**
 * Decimals that a log-probability holds: sums of 32 bits, over the vocabulary and inside the logits, are off by a few millionths
 * (1e−5 on the shipped model at most), and WGSL promises its `log` near 1 to 5e−7.
 */
const HELD = 5;

/** True of what the held decimals cannot tell from 0. */
const noNats = (value: number) => Number(value.toFixed(HELD)) === 0;

/**
 * Nats, of a log-probability, a loss or an entropy, to so many digits and at least as many decimals, but to no more than they hold:
 * `−1.23`, `−0.00042`, `0.00003`. What is less is `≈ 0`, and so is 0: 32 bits round to it.
 */
export function nats(value: number, digits = 2): string {
  if (noNats(value)) return '≈ 0';
  const size = Math.abs(value);
  return decimal(value, size < 1 ? Math.min(HELD, digits - 1 - Math.floor(Math.log10(size))) : digits);
}

/** A change in nats, with its sign: `+0.42`; `0.00` where nothing is other, and `≈ 0` where it is too little to be told. */
export function natsChange(value: number, digits = 2): string {
  const text = value === 0 ? decimal(0, digits) : nats(value, digits);
  return natsSign(value) > 0 ? `+${text}` : text;
}

/** Whether `natsChange` shows a rise (1), a fall (−1) or neither (0). */
export function natsSign(value: number): number {
  return noNats(value) ? 0 : Math.sign(value);
}

/**
 * A probability from its natural logarithm, to two digits of it or of what it lacks of 1, but to no more than the logarithm holds:
 * `99.958%`, `97.2%`, `42%`, `1.2e−7`.
 */
export function probability(logProb: number): string {
  if (Number.isNaN(logProb)) return 'not a number';
  // More than 0 is a rounding, too.
  if (logProb > 0 || noNats(logProb)) return '>99.999%';
  const p = Math.exp(logProb);
  if (p >= 0.5) {
    const decimals = -1 - Math.floor(Math.log10(-Math.expm1(logProb)));
    // In percent, two decimals fewer are held. What is not certain is not rounded to it.
    return `${Math.min(100 * p, 100 - 10 ** (2 - HELD)).toFixed(Math.min(HELD - 2, decimals))}%`;
  }
  if (p >= 0.0001) return `${(100 * p).toPrecision(2)}%`;
  return p === 0 ? '0' : exponential(p, 1);
}

const exponential = (value: number, digits: number) => value.toExponential(digits).replaceAll('-', '−');

/** `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An estimated time, in no more digits than it is worth: `0.4 s`, `1.3 s`, `45 s`, `3 min`, `1 h 20 min`. */
export function roughDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${Number(seconds.toPrecision(seconds < 1 ? 1 : 2))} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return duration(600_000 * Math.round(seconds / 600));
}

/** `2.1 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${(value / 1e3).toFixed(0)} kB`;
  if (value < 1e9) return `${(value / 1e6).toFixed(1)} MB`;
  return `${(value / 1e9).toFixed(1)} GB`;
}

/** A rate: `1,240` from ten on, `3.4` below. */
export function rate(value: number): string {
  return value >= 10 ? count(value) : decimal(value, 1);
}

/** What the first message of a conversation is called: files and the command line count from 0. */
let firstMessage = 0;

/** Said once for all that this thread says, and first of all: the page and its workers count messages from 1. */
export function countMessagesFrom(first: 0 | 1): void {
  firstMessage = first;
}

/** What a message is called in a sentence, by its index. */
export function messageNumber(index: number): string {
  return String(index + firstMessage);
}
