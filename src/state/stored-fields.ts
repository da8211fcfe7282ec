/**
 * @file Reads the fields of what a link or a session file holds. Both may come from anybody, so that every field is checked, and
 * what is wrong is told by its path.
 */
import { stored } from '$strings/stored';
import type { Json } from '../conversation/types';
import { LosslightError } from '../errors';

const words = stored.fields;

/** Texts that stand for numbers which JSON cannot write: a loss that diverged is one. */
const NOT_FINITE: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** A value and where it stands, such as `conversations[0].messages[2].role`. */
export class StoredField {
  constructor(
    readonly value: Json | undefined,
    readonly path: string,
  ) {}

  /** @throws LosslightError `bad-content` always. */
  refuse(reason: string): never {
    throw new LosslightError('bad-content', stored.wrong(this.path, reason), stored.remedy);
  }

  get absent(): boolean {
    return this.value === undefined;
  }

  /** A field of an object, which may be absent. */
  get(name: string): StoredField {
    const fields = this.#object();
    return new StoredField(Object.hasOwn(fields, name) ? fields[name] : undefined, `${this.path}.${name}`);
  }

  /** What is read of a field that is there; undefined where it is absent. */
  maybe<T>(name: string, read: (field: StoredField) => T): T | undefined {
    const field = this.get(name);
    return field.absent ? undefined : read(field);
  }

  /** All fields of an object, whatever their names. */
  entries(most = 10_000): [string, StoredField][] {
    const entries = Object.entries(this.#object());
    if (entries.length > most) this.refuse(words.tooMany(entries.length, most));
    return entries.map(([name, value]) => [name, new StoredField(value, `${this.path}.${name}`)]);
  }

  items(most = 100_000): StoredField[] {
    const { value } = this;
    if (!Array.isArray(value)) return this.refuse(words.list);
    if (value.length > most) this.refuse(words.tooManyEntries(value.length, most));
    return value.map((item, i) => new StoredField(item, `${this.path}[${i}]`));
  }

  text(most = 10_000_000): string {
    const { value } = this;
    if (typeof value !== 'string') return this.refuse(words.text);
    return value.length > most ? this.refuse(words.tooLong(value.length, most)) : value;
  }

  /** A text that is not empty, such as a name. */
  name(most = 300): string {
    const text = this.text(most);
    return text.trim() === '' ? this.refuse(words.empty) : text;
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.refuse(words.trueOrFalse);
  }

  finite(min = -Infinity, max = Infinity): number {
    const { value } = this;
    if (typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max) return value;
    return this.refuse(Number.isFinite(min) ? words.range(min, max) : words.number);
  }

  whole(min: number, max: number = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.refuse(words.whole(min, max));
  }

  /** A number that was measured: not finite where a run diverged, see `toStored`. */
  measured(): number {
    const { value } = this;
    if (typeof value === 'number') return value;
    const known =
      typeof value === 'string' && Object.hasOwn(NOT_FINITE, value) ? NOT_FINITE[value] : undefined;
    return known ?? this.refuse(words.number);
  }

  choice<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    return found ?? this.refuse(words.oneOf(choices.join(', ')));
  }

  /** Any object, as it is. */
  object(): { [key: string]: Json } {
    return this.#object();
  }

  #object(): { [key: string]: Json } {
    const { value } = this;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    return this.refuse(words.object);
  }
}

/** A value of ours as JSON: what is undefined goes, and numbers that JSON cannot write become texts. */
export function toStored(value: unknown): Json {
  const text = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? String(item) : item,
  );
  return JSON.parse(text) as Json;
}
