/**
 * @file What is wrong with the settings of a text that a model is to write.
 */
export const generation = {
  maxNewTokens: 'New tokens must be a whole number between 1 and 4096.',
  temperature: 'Temperature must be between 0 and 5.',
  topK: 'Top-k must be a whole number from 0; 0 keeps all tokens.',
  topP: 'Top-p must be between 0.01 and 1.',
  minP: 'Min-p must be between 0 and 1.',
  seed: 'Seed must be a whole number between 0 and 4294967295.',
};
