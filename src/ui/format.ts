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
  nats,
  natsChange,
  natsSign,
  plural,
  probability,
  rate,
  weight,
} from '$strings/numbers';
