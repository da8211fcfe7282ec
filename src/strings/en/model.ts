/**
 * @file What the panel Model says: loading, what is loaded, what computes with it, and what to do where it cannot be.
 */
import { bytes, count, largeCount } from './numbers';

export const model = {
  title: 'Model',
  state: {
    ready: 'ready',
    loading: 'loading',
    masksOnly: 'masks only',
  },
  tokenizerFailed: 'The tokenizer could not be loaded',
  tryAgain: 'Try again',
  restart: 'Restart the engine',
  dismiss: 'Dismiss',
  cancel: 'Cancel',
  masksStay: 'Masks need no weights: everything up to the mask keeps working.',
  masksMeanwhile: 'Masks already work meanwhile.',
  idle: 'The weights are not loaded. Masks work without them; training and comparing do not.',
  load: 'Load the weights',
  notLoaded: 'Not loaded: the model before still is',
  software: 'This is a software device: results are right, but training is slow.',
  /** By the code of the error. */
  failures: {
    webgpuMissing: 'This browser has no WebGPU device',
    deviceLost: 'The GPU went away',
    gpuError: 'The GPU reported an error',
    workerFailed: 'The engine stopped',
    badModel: 'The model could not be read',
    other: 'The model could not be loaded',
  },
  phases: {
    download: 'Downloading weights',
    read: 'Reading weights',
    upload: 'Putting weights in place',
    compile: 'Compiling for the GPU',
    settingUp: 'Getting ready to compute',
  },
  ownPhases: {
    download: (weights: string) => `Downloading weights of ${weights}`,
    read: (weights: string) => `Reading weights of ${weights}`,
    upload: (weights: string) => `Putting weights in place of ${weights}`,
  },
  progress: {
    starting: 'Starting the engine',
    bytes: (done: number, total: number) => `${bytes(done)} of ${bytes(total)}`,
    parameters: (done: number, total: number) => `${count(done)} of ${count(total)} parameters`,
    programs: (done: number, total: number) => `${count(done)} of ${count(total)} programs`,
    /** While weights are still coming. */
    compiled: (done: number, total: number) =>
      `Compiling for the GPU: ${count(done)} of ${count(total)} programs.`,
    inPlace: (parameters: number) => `${largeCount(parameters)} parameters are in place.`,
  },
  /** Behind the name of the weights, which is emphasized. */
  loaded: {
    onGpu: (parameters: number) => `, ${largeCount(parameters)} parameters, on the GPU`,
    onCpu: (parameters: number) => `, ${largeCount(parameters)} parameters, on the CPU`,
  },
  details: {
    summary: 'Details',
    family: 'Family',
    weights: 'Weights',
    parameters: 'Parameters',
    vocabulary: 'Vocabulary',
    context: 'Context',
    device: 'Device',
    unnamedDevice: 'unnamed',
    engine: 'Engine',
    tokens: (number: number) => `${count(number)} tokens`,
  },
  words: {
    /** How the weights are stored: types of numbers, bytes, files. */
    stored: (types: readonly string[], size: number, files: number) =>
      `${types.join(' and ')}, ${bytes(size)}${files === 1 ? '' : ` in ${files} files`}`,
    /** Behind `stored`. */
    kept: (format: string) => `; kept as ${format}`,
    wayToKeep: (format: string, size: number) => `${format}, ${bytes(size)}`,
    allTrains: 'Everything can be trained.',
    loraTrains: (bits: number) =>
      `The weights are rounded to ${bits} bits and stay as they are; LoRA is trained beside them.`,
  },
  /** Where the template in use is from. */
  templateFrom: {
    written: 'written on this page',
    own: (file: string) => `your ${file}`,
    shipped: 'the pocket model',
  },
  /** Why nothing may be handed to the weights, with the way back. */
  misfit: {
    notOpen: 'The tokenizer is not open yet; see Model.',
    ownWeightsOwnTokenizer: (weights: string) =>
      `These are masks only: the weights loaded are those of ${weights}, and do not fit your tokenizer. Go back to the shipped tokenizer in Model to train.`,
    ownWeightsOwnTokenizerLoad: (weights: string) =>
      `These are masks only: the weights loaded are those of ${weights}, and do not fit your tokenizer. Load your weights, or go back to the shipped tokenizer in Model to train.`,
    ownWeightsShippedTokenizer: (weights: string) =>
      `These are masks only: the weights loaded are those of ${weights}, and do not fit the shipped tokenizer. Load the pocket model in Model to train.`,
    shippedWeights:
      'These are masks only: the weights loaded are the pocket model’s, and do not fit your tokenizer. Go back to the shipped tokenizer in Model to train.',
    shippedWeightsLoad:
      'These are masks only: the weights loaded are the pocket model’s, and do not fit your tokenizer. Load your weights, or go back to the shipped tokenizer in Model to train.',
  },
  errors: {
    notFetched: (url: string) => `${url} could not be fetched.`,
    notFetchedRemedy: 'Check the connection and try again.',
    status: (url: string, status: number) => `${url} answered with status ${status}.`,
    statusRemedy: 'Try again in a moment.',
    noFile: (file: string) => `The model folder has no ${file}.`,
    noFileRemedy: (folder: string) => `Put the file into ${folder} and reload the page.`,
  },
};
