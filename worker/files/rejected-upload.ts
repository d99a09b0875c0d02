/** Ends an upload from inside the loop that stores it. Thrown, because it must break the write that reads from that loop; caught in `createFile`. */
import type { Refusal } from '../http/problem.ts';

export class RejectedUpload extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.problem.detail);
    this.refusal = refusal;
  }
}
