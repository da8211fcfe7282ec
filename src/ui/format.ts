/**
 * @file Numbers and durations for reading, as the page's language writes them.
 */
export {
  bytes,
  change,
  count,
  decimal,
  duration,
  largeCount,
  plural,
  probability,
  rate,
  signShown,
  weight,
} from '$strings/numbers';
