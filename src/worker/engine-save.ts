/**
 * @file What was trained, as a folder to be downloaded: the whole model with the changes in it, or LoRA's factors alone.
 */
import { LosslightError } from '../errors';
import type { Engine } from '../model/engine';
import type { OpenedFolder } from '../model/model-folder';
import { writeAdapter } from '../model/peft';
import { savedModel, type SavedFile } from '../model/save-model';
import type { EngineRequests } from './protocol';
import { zipFolder } from './engine-zip';

/**
 * @param folder config.json of the loaded model, read and as it is
 * @throws LosslightError `no-adapter` where an adapter is asked for and everything is trained; `too-large`.
 */
export async function saveTuned(
  engine: Engine,
  folder: Pick<OpenedFolder, 'config' | 'configText'>,
  request: EngineRequests['save']['request'],
): Promise<Blob> {
  const files =
    request.form === 'adapter'
      ? await adapterFiles(engine, folder, request.base)
      : savedModel({
          configText: folder.configText,
          shapes: engine.parameters,
          rows: engine.merged(),
          files: request.files,
        });
  return zipFolder(request.folder, files);
}

async function adapterFiles(
  engine: Engine,
  { config }: Pick<OpenedFolder, 'config'>,
  base: string,
): Promise<SavedFile[]> {
  const { adaptation } = engine;
  if (adaptation.kind !== 'lora') {
    const remedy = 'Save the tuned model, or choose LoRA under “What is trained” and train again.';
    throw new LosslightError('no-adapter', 'All parameters are trained; there is no adapter.', remedy);
  }
  const written = writeAdapter(config, adaptation, await engine.read(), base);
  return Object.entries(written).map(([name, content]: [string, string | Uint8Array]) => ({
    name,
    chunks: [typeof content === 'string' ? new TextEncoder().encode(content) : content],
  }));
}
