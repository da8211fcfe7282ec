/**
 * @file A text as it is written, with the text of each token as it comes.
 */
import type { GeneratedToken } from '../model/engine';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';

/** What was written so far. `shown` has one string a token, whitespace and special tokens as they are. */
export interface Shown {
  tokens: readonly GeneratedToken[];
  shown: readonly string[];
}

/**
 * Lets the engine write.
 *
 * @param onShown gets what was written so far, now and then
 * @returns all of it; where the signal came, what was written until then
 * @throws LosslightError what the engine or the text worker fail with.
 */
export async function generateShown(
  text: Pick<TextService, 'decode'>,
  engine: Pick<EngineService, 'generate'>,
  request: Parameters<EngineService['generate']>[0],
  onShown: (shown: Shown) => void,
  signal?: AbortSignal,
): Promise<Shown> {
  const arrived: GeneratedToken[] = [];
  let decoding: Promise<void> | undefined;
  const decode = async (tokens: readonly GeneratedToken[]): Promise<Shown> => {
    const { tokens: shown } = await text.decode({ ids: tokens.map(({ id }) => id) });
    return { tokens, shown };
  };
  const reply = await engine.generate(
    request,
    (token) => {
      arrived.push(token);
      // One decoding at a time: a later one shows everything that arrived meanwhile.
      decoding ??= decode([...arrived])
        .then(onShown)
        .catch(() => {})
        .finally(() => (decoding = undefined));
    },
    signal,
  );
  await decoding;
  return decode(reply.tokens);
}
