/**
 * @file The model: tokenizer files first, so that masks appear at once, then the weights.
 */
import { model as words } from '$strings/model';
import type { Conversation } from '../conversation/types';
import { LosslightError } from '../errors';
import type { BaseFormat } from '../model/engine';
import type { OpenedModel } from '../sequence/open-model';
import type { TemplateProblem } from '../template/locate-error';
import type { Rendered } from '../template/rendered';
import { type ModelFiles, templatesOf } from '../tokenizer/model-files';
import type { EngineEvent, ErrorReport, LoadPhase, ModelInfo, TrainedPart } from '../worker/protocol';
import type { EngineService } from '../worker/engine-client';
import type { TextService } from '../worker/text-client';
import type { ModelPiece } from './brought-files';
import { toReport } from './errors';
import { combine, describe, type Own, readPiece } from './own-files';
import { offerOf, type WeightsOffer, type WeightsOwner } from './own-weights';

type Progress = Extract<EngineEvent, { type: 'progress' }>;

/** Gets a file's text, or undefined where it does not exist. */
export type ReadText = (url: string) => Promise<string | undefined>;

/** Reads a file of this page's own host; `asked` is the answer to come, where it was asked for before. */
export const fetchText = async (url: string, asked?: Promise<Response>): Promise<string | undefined> => {
  let response: Response;
  try {
    response = await (asked ?? fetch(url));
  } catch (cause) {
    throw new LosslightError('download', words.errors.notFetched(url), words.errors.notFetchedRemedy, {
      cause,
    });
  }
  // Some static hosts answer a missing file with their start page.
  if (response.status === 404 || response.headers.get('content-type')?.startsWith('text/html'))
    return undefined;
  if (!response.ok) {
    throw new LosslightError(
      'download',
      words.errors.status(url, response.status),
      words.errors.statusRemedy,
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
  /** Whose weights are loaded, or being loaded. */
  #owner = $state.raw<WeightsOwner>({});
  #offer = $state.raw<WeightsOffer | undefined>();
  /** Why another model could not take the place of the one that is loaded. */
  #loadError = $state.raw<ErrorReport | undefined>();
  #progress = $state.raw<Partial<Record<LoadPhase, Progress>>>({});
  #info = $state.raw<ModelInfo | undefined>();
  /** What is there again where a load is given up. */
  #before: { owner: WeightsOwner; info: ModelInfo } | undefined;
  #error = $state.raw<ErrorReport | undefined>();
  /** The conversation that shows what a template does; the one that is chosen. */
  example: () => Conversation | undefined = () => undefined;
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
  /** The tokenizer.json in use; undefined until one was read. */
  get tokenizerText(): string | undefined {
    return this.#own.files['tokenizer.json'] ?? this.#shipped?.['tokenizer.json'];
  }
  /** What is used of the person's own files, and the template that they wrote. */
  get own() {
    return this.#own;
  }
  /** The template in use among a person's files. */
  readonly #ownTemplate = $derived.by(() => {
    const name = this.#opened?.template.name;
    return templatesOf(this.#own.files).find((template) => template.name === name);
  });
  /** Where the template in use is from, for showing. */
  readonly templateFrom = $derived.by(() => {
    if (this.#own.edited !== undefined) return words.templateFrom.written;
    const own = this.#ownTemplate;
    return own ? words.templateFrom.own(own.file) : words.templateFrom.shipped;
  });
  /** True where the template in use is the shipped model's. */
  readonly shippedTemplate = $derived.by(
    () => this.#own.edited === undefined && this.#ownTemplate === undefined,
  );
  /** Why files or a template that the person brought are not used; what was open before still is. */
  get ownError() {
    return this.#ownError;
  }
  /** What was made of the files that were brought, a sentence each. */
  get notes() {
    return this.#notes;
  }
  /** True where the tokenizer is a person's. */
  readonly ownTokenizer = $derived.by(() => this.#own.files['tokenizer.json'] !== undefined);
  /** True where the ids of the tokenizer in use are those that the weights were trained with. */
  readonly weightsFit = $derived.by(() => this.#owner.own?.tokenizer === this.#own.files['tokenizer.json']);
  /** Why nothing may be handed to the weights, in one sentence with the way back; undefined where it may. */
  readonly misfit = $derived.by(() => {
    if (this.#tokenizer !== 'ready') return words.misfit.notOpen;
    if (this.weightsFit) return undefined;
    const canLoad = this.offer?.description !== undefined;
    const owner = this.#owner.own;
    if (!owner) return canLoad ? words.misfit.shippedWeightsLoad : words.misfit.shippedWeights;
    if (!this.ownTokenizer) return words.misfit.ownWeightsShippedTokenizer(owner.name);
    return canLoad
      ? words.misfit.ownWeightsOwnTokenizerLoad(owner.name)
      : words.misfit.ownWeightsOwnTokenizer(owner.name);
  });
  /** Weights that the person brought and that are not those loaded. */
  readonly offer = $derived.by(() =>
    this.#offer && this.#offer.weights !== this.#owner.own?.weights ? this.#offer : undefined,
  );
  /** What the loaded weights are called. */
  readonly weightsName = $derived.by(() => this.#owner.own?.name ?? this.name);
  /** The config.json of the weights in use where they are a person's. */
  readonly ownConfig = $derived.by(() => this.#owner.own?.config);
  /** True where the shipped weights are those loaded, or being loaded. */
  readonly shippedWeights = $derived.by(() => this.#owner.own === undefined);
  /** Why another model did not take the place of the one that is loaded. */
  get loadError() {
    return this.#loadError;
  }
  /** `idle`: not loaded, because it was cancelled or has not begun. */
  get weights() {
    return this.#weights;
  }
  /** How far each phase of a load is; those that have not begun are absent. */
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
    const used = await this.#change(async () => {
      const before = this.#own;
      const own = await readPiece(piece, before);
      this.#notes = describe(own, piece);
      return own;
    });
    if (used) void this.#makeOffer();
    return used;
  }

  /** Says what the weights among the person's files are and take, or why they cannot be loaded. */
  async #makeOffer(): Promise<void> {
    const offer = offerOf(this.#own);
    if (offer?.weights === this.#owner.own?.weights) return;
    this.#offer = offer;
    if (!offer) return;
    let known: WeightsOffer;
    try {
      known = { ...offer, description: await this.engine.inspectModel(offer.place) };
    } catch (error) {
      known = { ...offer, error: toReport(error) };
    }
    // Other files may have come meanwhile.
    if (this.#offer === offer) this.#offer = known;
  }

  /** Back to the shipped tokenizer and its template. */
  async useShipped(): Promise<boolean> {
    const used = await this.#change(() => ({ files: {} }));
    if (used) this.#offer = undefined;
    return used;
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
      return { message: toReport(error).message };
    }
  }

  /**
   * The example under a template that is being written; undefined where there is no example.
   *
   * @throws LosslightError where it cannot be rendered.
   */
  async previewTemplate(source: string): Promise<Rendered | undefined> {
    const conversation = this.example();
    return conversation && this.text.previewTemplate({ source, conversation });
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

  /** Takes the message about a model that was not loaded away. */
  dismissLoadError(): void {
    this.#loadError = undefined;
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

  /** Loads the shipped weights; true when the model can score, train and generate. */
  async loadWeights(): Promise<boolean> {
    return this.#load({});
  }

  /** Loads the weights that the person brought, kept in the given form; true when the model can score, train and generate. */
  async loadOwn(base: BaseFormat): Promise<boolean> {
    const own = this.offer;
    return own?.description !== undefined && this.#load({ own, base });
  }

  async #load(owner: WeightsOwner): Promise<boolean> {
    const attempt = ++this.#attempt;
    if (this.#weights === 'ready' && this.#info) this.#before = { owner: this.#owner, info: this.#info };
    this.#owner = owner;
    this.#weights = 'loading';
    this.#progress = {};
    this.#error = undefined;
    this.#loadError = undefined;
    try {
      const info = await this.engine.load(
        owner.own ? { ...owner.own.place, base: owner.base } : { url: this.url },
      );
      if (attempt !== this.#attempt) return false;
      this.#info = info;
      this.#before = undefined;
      this.#weights = 'ready';
      return true;
    } catch (error) {
      if (attempt !== this.#attempt) return false;
      const report = toReport(error);
      if (this.#goBack()) this.#loadError = report;
      else this.fail(report);
      return false;
    }
  }

  /** The engine trains something else of the model now. */
  adapted(trained: TrainedPart): void {
    if (this.#info) this.#info = { ...this.#info, trained };
  }

  /** Ends a load in progress; the model that was there before it is there again. The mask view is not touched. */
  cancelLoad(): void {
    if (this.#weights !== 'loading') return;
    this.#attempt++;
    // What the load itself says then is no news.
    this.engine.cancelLoad().catch(() => undefined);
    if (!this.#goBack()) this.#weights = 'idle';
  }

  /** The model before the load that is given up, if there was one. */
  #goBack(): boolean {
    const before = this.#before;
    this.#before = undefined;
    if (!before) return false;
    this.#owner = before.owner;
    this.#info = before.info;
    this.#weights = 'ready';
    return true;
  }

  /** A new engine worker, and so a new device, with the model loaded again. */
  async restart(): Promise<boolean> {
    this.#attempt++;
    this.engine.restart();
    this.#info = undefined;
    this.#before = undefined;
    this.#weights = 'idle';
    return this.#load(this.#owner);
  }

  /** The engine cannot go on. */
  fail(error: ErrorReport): void {
    this.#attempt++;
    this.#before = undefined;
    this.#error = error;
    this.#weights = 'failed';
  }

  /** The files of tokenizer and template in use, as they stand beside weights that are saved. */
  filesToSave(): ModelFiles {
    const { files, template } = combine(this.#shipped ?? {}, this.#own);
    return template ? { ...files, 'chat_template.jinja': template.source } : files;
  }

  showProgress(event: Progress): void {
    if (this.#weights === 'loading') this.#progress = { ...this.#progress, [event.phase]: event };
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
    const { noFile, noFileRemedy } = words.errors;
    throw new LosslightError('bad-model', noFile(file), noFileRemedy(this.url));
  }
}
