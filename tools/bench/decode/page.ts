/**
 * @file The page in which the benchmark of generation measures a GPU.
 */
import { measure } from './measure';

Object.assign(globalThis, { measure });
