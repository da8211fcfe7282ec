/**
 * @file What the dialog says that asks what each column of a table is.
 */
export const columns = {
  title: (file: string) => `Columns of ${file}`,
  help: 'Say what each column is. One that is left “By its name” is recognized by it, or kept beside the conversation.',
  unnamed: (column: number) => `Column ${column}`,
  empty: 'empty',
  read: 'Read the table',
  cancel: 'Cancel',
};
