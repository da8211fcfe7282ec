/**
 * @file Numbers of messages as the page counts them, from one: texts that files and the command line share count from zero.
 */
import { numberedMessages } from '$strings/numbers';

/** `text` with every “message 2” as “message 3”; what stands in quotation marks is left as it is. */
export function fromOne(text: string): string {
  return text
    .split(/(“[^”]*”)/)
    .map((part, i) =>
      i % 2
        ? part
        : part.replace(
            numberedMessages,
            (_, word: string, numbers: string) =>
              `${word} ${numbers.replace(/\d+/g, (number) => String(Number(number) + 1))}`,
          ),
    )
    .join('');
}
