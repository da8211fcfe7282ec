/**
 * @file The model: tokenizer files first, so that masks appear at once, then the weights.
 */
import { LosslightError } from '../errors';
import type { EngineEvent, ErrorReport, ModelInfo, TokenizerFiles } from '../worker/protocol';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import { toReport } from './errors';

type Progress = Extract<EngineEvent, { type: 'progress' }>;

/** Gets a file's text, or undefined where it does not exist. */
export type ReadText = (url: string) => Promise<string | undefined>;

/** Reads a file of this page's own host. */
export const fetchText: ReadText = async (url) => {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new LosslightError(
      'download',
      `${url} could not be fetched.`,
      'Check the connection and try again.',
      { cause },
    );
  }
  // Some static hosts answer a missing file with their start page.
  if (response.status === 404 || response.headers.get('content-type')?.startsWith('text/html'))
    return undefined;
  if (!response.ok) {
    throw new LosslightError(
      'download',
      `${url} answered with status ${response.status}.`,
      'Try again in a moment.',
    );
  }
  return response.text();
};

export class ModelState {
  readonly name = 'pocket';
  #tokenizer = $state<'loading' | 'ready' | 'failed'>('loading');
  #tokenizerError = $state.raw<ErrorReport | undefined>();
  #endOfTurnIds = $state.raw<number[]>([]);
  #weights = $state<'idle' | 'loading' | 'ready' | 'failed'>('idle');
  #progress = $state.raw<Progress | undefined>();
  #info = $state.raw<ModelInfo | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  /** Counts loads, so that one that was cancelled cannot speak for a later one. */
  #attempt = 0;

  constructor(
    private readonly text: TextService,
    private readonly engine: EngineService,
    private readonly url: string,
    private readonly readText: ReadText = fetchText,
  ) {}

  get tokenizer() {
    return this.#tokenizer;
  }
  get tokenizerError() {
    return this.#tokenizerError;
  }
  get endOfTurnIds() {
    return this.#endOfTurnIds;
  }
  /** `idle`: not loaded, because it was cancelled or has not begun. */
  get weights() {
    return this.#weights;
  }
  get progress() {
    return this.#progress;
  }
  get info() {
    return this.#info;
  }
  get error() {
    return this.#error;
  }

  /** Loads tokenizer and chat template; true when masks can be shown. */
  async openTokenizer(): Promise<boolean> {
    this.#tokenizer = 'loading';
    this.#tokenizerError = undefined;
    try {
      const { endOfTurnIds } = await this.text.open({ files: await this.#tokenizerFiles() });
      this.#endOfTurnIds = endOfTurnIds;
      this.#tokenizer = 'ready';
      return true;
    } catch (error) {
      this.#tokenizerError = toReport(error);
      this.#tokenizer = 'failed';
      return false;
    }
  }

  /** Loads the weights onto the device; true when the model can score, train and generate. */
  async loadWeights(): Promise<boolean> {
    const attempt = ++this.#attempt;
    this.#weights = 'loading';
    this.#progress = undefined;
    this.#error = undefined;
    try {
      const info = await this.engine.load({ url: this.url });
      if (attempt !== this.#attempt) return false;
      this.#info = info;
      this.#weights = 'ready';
      return true;
    } catch (error) {
      if (attempt === this.#attempt) this.fail(toReport(error));
      return false;
    }
  }

  /** Ends a load in progress; the mask view is not touched. */
  cancelLoad(): void {
    if (this.#weights !== 'loading') return;
    this.#attempt++;
    this.#weights = 'idle';
    this.engine.restart();
  }

  /** A new engine worker, and so a new device, with the model loaded again. */
  async restart(): Promise<boolean> {
    this.#attempt++;
    this.engine.restart();
    this.#info = undefined;
    return this.loadWeights();
  }

  /** The engine cannot go on. */
  fail(error: ErrorReport): void {
    this.#attempt++;
    this.#error = error;
    this.#weights = 'failed';
  }

  showProgress(event: Progress): void {
    if (this.#weights === 'loading') this.#progress = event;
  }

  async #tokenizerFiles(): Promise<TokenizerFiles> {
    const [tokenizerJson, tokenizerConfigJson] = await Promise.all([
      this.#required('tokenizer.json'),
      this.#required('tokenizer_config.json'),
    ]);
    // transformers takes chat_template.jinja where a folder has both. The folder shipped here, the only one that this page
    // opens, has its template inside and no such file, and the browser logs an error for each file that is not there. A
    // page that opens other folders has to ask for the file first.
    const inside = tokenizerConfigJson.includes('"chat_template"');
    const chatTemplate = inside ? undefined : await this.readText(`${this.url}chat_template.jinja`);
    return { tokenizerJson, tokenizerConfigJson, chatTemplate };
  }

  async #required(file: string): Promise<string> {
    const text = await this.readText(this.url + file);
    if (text !== undefined) return text;
    const remedy = `Put the file into ${this.url} and reload the page.`;
    throw new LosslightError('bad-model', `The model folder has no ${file}.`, remedy);
  }
}
