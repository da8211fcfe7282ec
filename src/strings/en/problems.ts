/**
 * @file What an import had to say of its records: how many were left out, the kinds of problems, and where they are.
 */
import { count, plural } from './numbers';

const leftOut = (records: number) => `${plural(records, 'record')} left out`;
const warned = (warnings: number) => plural(warnings, 'warning');

export const problems = {
  /** Of records and files that were left out, and warnings, those that there are. */
  title: (records: number, warnings: number, files = 0) =>
    [
      records && leftOut(records),
      files && `${plural(files, 'file')} left out`,
      (warnings || (!records && !files)) && warned(warnings),
    ]
      .filter(Boolean)
      .join(', '),
  /** Of a file of which nothing can be read, and that is all there is to say. */
  fileLeftOut: (file: string, reason: string) => `${file} left out: ${reason}`,
  label: 'Problems',
  error: 'Error',
  warning: 'Warning',
  /** Followed, where it is known, by the name of a field. */
  place: (file: string, line: number) => `${file}, line ${count(line)}`,
  field: ', ',
  times: (times: number) => `${count(times)} times`,
  where: 'Where',
  whereOf: (reason: string) => `: ${reason}`,
  more: (more: number) => `and ${count(more)} more`,
  otherKinds: (more: number) => `and ${plural(more, 'problem')} of other kinds`,
  single: 'One by one, from the file',
  singleLabel: 'Problems one by one',
  showMore: 'Show more',
  reading: 'Reading…',
  copy: 'Copy as text',
  copied: 'Copied.',
  notCopied: 'The browser did not allow copying.',
  /** Before the text of one problem of a kind, where they were not all read. */
  suchAs: (times: number, example: string) => `${times} times, such as ${example}`,
};
