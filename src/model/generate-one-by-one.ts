/**
 * @file Generation of many texts by an engine that writes one at a time.
 */
import type {
  Ending,
  GeneratedToken,
  GenerateOptions,
  GenerationPart,
  GenerationRequest,
  ManyOptions,
} from './engine';

/**
 * The texts one after the other; see `Engine.generateMany`.
 *
 * @param write continues a text; `stream` tells texts of one seed apart
 */
export async function* generateOneByOne(
  requests: Iterable<GenerationRequest> | AsyncIterable<GenerationRequest>,
  options: ManyOptions,
  contextLength: number,
  signal: AbortSignal | undefined,
  write: (
    prompt: Int32Array,
    options: GenerateOptions,
    stream: number,
  ) => AsyncGenerator<GeneratedToken, void, void>,
): AsyncGenerator<GenerationPart, void, void> {
  let number = 0;
  for await (const request of requests) {
    const its = { ...options, ...request.options };
    const stream = request.options?.seed === undefined ? number : 0;
    let text: Int32Array | undefined = request.prompt;
    while (text && !signal?.aborted) {
      const made: Int32Array = new Int32Array(text.length + its.maxNewTokens);
      made.set(text);
      let length: number = text.length;
      let ending: Ending | undefined;
      try {
        for await (const token of write(text, its, stream)) {
          made[length++] = token.id;
          if (its.stopIds.includes(token.id)) ending = 'stop';
          else if (length === contextLength) ending = 'context';
          else if (length === made.length) ending = 'limit';
          const done = ending !== undefined && !request.extend;
          yield { request: number, tokens: [token], done, ...(ending && { ending }) };
        }
      } catch (error) {
        if (!(error instanceof Error) || length > text.length) throw error;
        yield { request: number, tokens: [], done: true, error };
        break;
      }
      text = ending && (await request.extend?.(made.slice(0, length), ending));
      if (!text && request.extend && ending) yield { request: number, tokens: [], done: true };
    }
    number++;
    if (signal?.aborted) return;
  }
}
