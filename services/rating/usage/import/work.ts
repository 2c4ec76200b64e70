import type { Part, PartResult } from '../engine/protocol.ts';
import type { Input } from './inputs.ts';

/** A file or report whose records are on their way. */
export interface Owner {
  fileNo: number;
  /** Set when it has failed; what still waits of it is dropped. */
  failure: unknown;
  /** Number of the line or record behind all that were judged. */
  nextLine: number;
  /** Bytes of it that have come. */
  bytesRead: number;
  /** Called when some of its records are committed, here or by another process. */
  committed: (result: Pick<PartResult, 'rejections'>) => void;
}

export interface WorkPart extends Omit<Part, 'firstLine'> {
  owner: Owner;
  /** Known once everything before it was judged. */
  firstLine?: number;
  /** Its number within the file, where another process may be asked to commit the same. */
  chunk?: number;
}

/** Some bytes on their way through the pipeline: in one batch, or in several if they hold more records than a batch can have. */
export interface Work {
  businessNo: number;
  input: Input;
  parts: WorkPart[];
  spare: number;
  /** Set when it is judged: nothing can be added any more. */
  sealed: boolean;
  /** The rest of it is another work. */
  goesOn: boolean;
  /** Resolved when all of it is committed, or dropped because its owners have failed. */
  done: () => void;
}

/** Where work goes: into this process's pipeline, or past it to others. */
export interface Way {
  /** Resolves when all of it is committed, or its owners have failed. */
  submit(work: Work): Promise<void>;
}

export function newWork(businessNo: number, input: Input, parts: WorkPart[]): Work {
  return { businessNo, input, parts, spare: input.bytes.length, sealed: false, goesOn: false, done: () => {} };
}

/** A judged batch on its way to the database. */
export interface Judged<E> {
  batch: number;
  work: Work;
  encoded: E;
  /** All account changes up to this one were known. */
  revision: bigint;
  closed: string[];
  /** How far its partitions had come when its commit was asked for. If no answer came, it may be committed or not. */
  asked?: ReadonlyMap<number, number>;
}

/** The work that is left when a batch was full. */
export function restOf(work: Work, rest: { part: number; position: number; line: number; spare: number }): Work {
  const [first, ...others] = work.parts.slice(rest.part);
  if (!first) throw new RangeError('a rest has a part');
  // Nothing of the others was read: a part of the same file before them has yet to say where they begin.
  const unread = others.map(({ firstLine: _, ...part }) => part);
  return { ...work, parts: [{ ...first, from: rest.position, firstLine: rest.line }, ...unread], spare: rest.spare };
}

/** The parts that were read before the batch was full: what is judged again must end at the same place. */
export function readParts(work: Work, rest: { part: number; position: number }): WorkPart[] {
  const parts = work.parts.slice(0, rest.part + 1);
  const cut = parts.at(-1);
  if (cut) parts[parts.length - 1] = { ...cut, to: rest.position, last: false, overlong: false };
  return parts;
}
