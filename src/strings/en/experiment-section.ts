/**
 * @file What the page says of experiments before their view is loaded.
 */
export const experimentSection = {
  title: 'Experiments',
  open: 'Compare several ways to train',
  close: 'Close',
  loading: 'Loading…',
  missing: 'This part of the page could not be loaded. Check the connection, and reload the page.',
};
