/**
 * @file The head of the training panel.
 */
export const trainPanel = {
  title: 'Train',
  states: {
    idle: '',
    preparing: 'preparing',
    running: 'running',
    paused: 'paused',
    finished: 'finished',
    stopped: 'stopped',
    failed: 'failed',
  },
};
