/**
 * @file The third witness: `{% generation %}` blocks, with which a template itself says what the model writes.
 * transformers and TRL take them verbatim; `@huggingface/jinja` parses them only to drop them.
 */

/** A stretch of rendered text inside a generation block; UTF-16 offsets, `end` exclusive. */
export interface TextRange {
  start: number;
  end: number;
}

const TAG = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;
/** Two private-use characters of plane 16; a template that holds them already is not marked. */
const OPEN = '\u{10fff0}';
const CLOSE = '\u{10fff1}';

/**
 * The template with every generation tag replaced by a block that prints a mark. Blocks for blocks, so that the white
 * space around them is treated as before. Undefined where the template has no generation tags.
 */
export function markGenerationBlocks(source: string): string | undefined {
  if (source.includes(OPEN) || source.includes(CLOSE) || source.search(TAG) < 0) return undefined;
  return source.replace(TAG, (_, left: string, closing: string | undefined, right: string) => {
    const mark = closing ? CLOSE : OPEN;
    return `{%${left} if true %}{{ '${mark}' }}{% endif ${right}%}`;
  });
}

/**
 * Takes the marks out of a rendering by a marked template.
 *
 * @returns the plain text and the ranges between marks; undefined ranges where marks do not pair up, as they do not when
 * the conversation itself holds the marks' characters.
 */
export function takeBlocks(marked: string): { text: string; ranges: TextRange[] | undefined } {
  let text = '';
  let open: number | undefined;
  let paired = true;
  const ranges: TextRange[] = [];
  for (const part of marked.split(/(\u{10fff0}|\u{10fff1})/u)) {
    if (part === OPEN) {
      paired &&= open === undefined;
      open = text.length;
    } else if (part === CLOSE) {
      if (open === undefined) paired = false;
      else if (text.length > open) ranges.push({ start: open, end: text.length });
      open = undefined;
    } else {
      text += part;
    }
  }
  return { text, ranges: paired && open === undefined ? ranges : undefined };
}
