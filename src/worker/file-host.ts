/**
 * @file The file worker: reads one import's files, by pieces, and keeps their index.
 */
import { fileHandlers } from './file-handlers';
import { makeSpill } from './file-spill';
import { serve } from './host';
import type { FileEvent, FileRequests } from './protocol';

serve<FileRequests, FileEvent>(
  self,
  fileHandlers((event) => self.postMessage({ event }), makeSpill),
);
