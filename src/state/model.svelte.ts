/**
 * @file The model: tokenizer files first, so that masks appear at once, then the weights.
 */
import { LosslightError } from '../errors';
import type { OpenedModel } from '../sequence/open-model';
import type { TemplateProblem } from '../template/locate-error';
import { type ModelFiles, templatesOf } from '../tokenizer/model-files';
import type { EngineEvent, ErrorReport, ModelInfo } from '../worker/protocol';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ModelPiece } from './brought-files';
import { toReport } from './errors';
import { combine, describe, type Own, readPiece } from './own-files';

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
  #opened = $state.raw<OpenedModel | undefined>();
  #own = $state.raw<Own>({ files: {} });
  #ownError = $state.raw<ErrorReport | undefined>();
  #notes = $state.raw<readonly string[]>([]);
  #shipped: ModelFiles | undefined;
  #weights = $state<'idle' | 'loading' | 'ready' | 'failed'>('idle');
  #progress = $state.raw<Progress | undefined>();
  #info = $state.raw<ModelInfo | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  /** Counts loads, so that one that was cancelled cannot speak for a later one. */
  #attempt = 0;
  /** The change of tokenizer or template that was asked for last; it never rejects. */
  #turn: Promise<boolean> = Promise.resolve(true);

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
    return this.#opened?.endOfTurnIds ?? [];
  }
  /** What the tokenizer and the template in use are. */
  get opened() {
    return this.#opened;
  }
  /** What is used of the person's own files, and the template that they wrote. */
  get own() {
    return this.#own;
  }
  /** Where the template in use is from, for showing. */
  readonly templateFrom = $derived.by(() => {
    if (this.#own.edited !== undefined) return 'written on this page';
    const name = this.#opened?.template.name;
    const own = templatesOf(this.#own.files).find((template) => template.name === name);
    return own ? `your ${own.file}` : 'the pocket model';
  });
  /** Why files or a template that the person brought are not used; what was open before still is. */
  get ownError() {
    return this.#ownError;
  }
  /** What was made of the files that were brought, a sentence each. */
  get notes() {
    return this.#notes;
  }
  /** True where the ids of the tokenizer in use are those that the weights were trained with. */
  readonly weightsFit = $derived.by(() => this.#own.files['tokenizer.json'] === undefined);
  /** Why nothing may be handed to the weights, in one sentence with the way back; undefined where it may. */
  readonly misfit = $derived.by(() => {
    if (this.#tokenizer !== 'ready') return 'The tokenizer is not open yet; see Model.';
    if (this.weightsFit) return undefined;
    return 'These are masks only: the weights loaded are the pocket model’s, and do not fit your tokenizer. Go back to the shipped tokenizer in Model to train.';
  });
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

  /** Loads the shipped tokenizer and chat template; true when masks can be shown. */
  openTokenizer(): Promise<boolean> {
    return (this.#turn = this.#turn.then(() => this.#openNow()));
  }

  async #openNow(): Promise<boolean> {
    this.#tokenizer = 'loading';
    this.#tokenizerError = undefined;
    try {
      this.#shipped ??= await this.#shippedFiles();
      this.#opened = await this.text.open(combine(this.#shipped, this.#own));
      this.#tokenizer = 'ready';
      return true;
    } catch (error) {
      this.#tokenizerError = toReport(error);
      this.#tokenizer = 'failed';
      return false;
    }
  }

  /**
   * Uses files of another model, beside those brought before; a new tokenizer.json begins anew. True when they are in
   * use; else `ownError` says why not, and nothing has changed.
   */
  async useFiles(piece: ModelPiece): Promise<boolean> {
    return this.#change(async () => {
      const before = this.#own;
      const own = await readPiece(piece, before);
      this.#notes = describe(own, piece);
      return own;
    });
  }

  /** Back to the shipped tokenizer and its template. */
  async useShipped(): Promise<boolean> {
    return this.#change(() => ({ files: {} }));
  }

  /** Uses a template that was written on the page; without one, that of the files again. */
  async useTemplate(edited: string | undefined): Promise<boolean> {
    return this.#change(() => ({ ...this.#own, edited }));
  }

  /** Uses another one of several templates. */
  async chooseTemplate(templateName: string): Promise<boolean> {
    return this.#change(() => ({ ...this.#own, edited: undefined, templateName }));
  }

  /** What is wrong with a template that is being written; undefined where it can be used. */
  async checkTemplate(source: string): Promise<TemplateProblem | undefined> {
    try {
      return (await this.text.checkTemplate({ source })) ?? undefined;
    } catch (error) {
      return { message: toReport(error).message, line: 1, column: 1 };
    }
  }

  /** The change that was asked for cannot be made now. */
  refuse(error: ErrorReport): void {
    this.#ownError = error;
  }

  /** Takes the messages about files away. */
  dismiss(): void {
    this.#ownError = undefined;
    this.#notes = [];
  }

  /** Changes follow one another: each begins with what the one before has left, and none is lost. */
  #change(next: () => Own | Promise<Own>): Promise<boolean> {
    return (this.#turn = this.#turn.then(() => this.#changeNow(next)));
  }

  async #changeNow(next: () => Own | Promise<Own>): Promise<boolean> {
    this.dismiss();
    const before = this.#tokenizer;
    this.#tokenizer = 'loading';
    try {
      const shipped = (this.#shipped ??= await this.#shippedFiles());
      const own = await next();
      this.#opened = await this.text.open(combine(shipped, own));
      this.#own = own;
      this.#tokenizerError = undefined;
      this.#tokenizer = 'ready';
      return true;
    } catch (error) {
      this.#notes = [];
      this.#ownError = toReport(error);
      this.#tokenizer = before;
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

  async #shippedFiles(): Promise<ModelFiles> {
    const [tokenizer, config] = await Promise.all([
      this.#required('tokenizer.json'),
      this.#required('tokenizer_config.json'),
    ]);
    const files = { 'tokenizer.json': tokenizer, 'tokenizer_config.json': config };
    // transformers takes chat_template.jinja where a folder has both. The folder shipped here has its template inside and
    // no such file, and the browser logs an error for each file that is not there.
    if (config.includes('"chat_template"')) return files;
    const template = await this.readText(`${this.url}chat_template.jinja`);
    return template === undefined ? files : { ...files, 'chat_template.jinja': template };
  }

  async #required(file: string): Promise<string> {
    const text = await this.readText(this.url + file);
    if (text !== undefined) return text;
    const remedy = `Put the file into ${this.url} and reload the page.`;
    throw new LosslightError('bad-model', `The model folder has no ${file}.`, remedy);
  }
}
