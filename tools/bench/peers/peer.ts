/**
 * @file What each competitor of the step benchmark offers.
 */
import type { Job } from '../step/job';

/** Where the time of a step goes, longest first; see `groupTimes`. */
export type Profile = {
  /** What is computed, and where in a layer. */
  kind: string;
  milliseconds: number;
  /** Operations of that kind. */
  count: number;
  /** Of the sum of all. */
  share: number;
  /** Billions of floating-point operations a second, by the operations' own rough count. */
  gflops: number;
}[];

/** What only Losslight knows of its own step. */
export interface Details {
  /** Milliseconds of a step, measured in turn with the parts of it that follow. */
  beside?: number;
  /** Milliseconds of the matrix products of a step, run alone. */
  products?: number;
  /** Floating-point operations of those products. */
  productWork?: number;
  /** Milliseconds of the optimizer's update, run alone. */
  optimizer?: number;
  /** Bytes that training was said to take before the first step. */
  predictedBytes?: number;
  profile?: Profile;
}

export interface Running {
  /** One whole training step: forward, backward, optimizer. Gives the loss before it, once it is known. */
  step(): Promise<number>;
  /**
   * Figures that cost time of their own: asked for last, after which no step is asked for.
   *
   * @param profile whether to time every kind of operation too
   */
  details?(profile: boolean): Promise<Details>;
  dispose(): void;
}

export interface Peer {
  /** Puts the weights where the peer computes. */
  open(job: Job): Promise<Running>;
}
