import type { BlockRow } from '../domain/block.ts';
import type { DirectoryLine } from '../domain/lineDirectory.ts';
import type { RejectionReason } from '../domain/outcomes.ts';
import type { FieldCount } from '../domain/recordFields.ts';

/** What one file or report brings to a batch: a stretch of the batch's bytes. */
export interface Part {
  fileNo: number;
  format: 'csv' | 'report';
  from: number;
  to: number;
  /** Number of its first line or record, unless a part of the same file stands before it in the batch or `numbers` has them. */
  firstLine: number;
  /** The numbers of its lines or records, where they do not follow one another: others of the file are judged by another process. */
  numbers?: Int32Array | undefined;
  fields: FieldCount;
  /** The file ends with it, so what stands behind the last line end is a record too. */
  last: boolean;
  /** Behind the last line end stands the beginning of a line that is too long to be read. */
  overlong: boolean;
}

/** A batch to be judged. Its bytes lie in shared memory, which it keeps until it is settled or taken back. */
export interface BatchRequest {
  batch: number;
  businessNo: number;
  input: SharedArrayBuffer;
  /** Where unquoted texts may be written, behind the batch's bytes and the texts of the batches before it on the same bytes. */
  spare: number;
  parts: Part[];
  /** Lines are read up to so many; the rest is another batch. */
  mostLines: number;
  /** Times after this one lie in the future, clock skew allowed for. */
  latest: number;
  /** Months that are known to be closed. */
  closed: string[];
}

/** The rest of a part that did not fit into its batch. */
export interface Rest {
  part: number;
  position: number;
  line: number;
  spare: number;
}

export interface ReportedRejection {
  index: number;
  id: string;
  reason: RejectionReason;
  detail: string;
}

/** What a batch adds to the counts of one of its files. Every record is counted exactly once. */
export interface PartResult {
  fileNo: number;
  /** Number of the line or record behind the last one that was read. */
  nextLine: number;
  read: number;
  rated: number;
  duplicate: number;
  late: number;
  cancels: number;
  corrected: number;
  rejected: Record<RejectionReason, number>;
  ratedBytes: bigint;
  correctedBytes: bigint;
  /** Refused records of a report, as far as its answer shows them. */
  rejections: ReportedRejection[];
}

/** A batch's totals of one month, as PostgreSQL's arrays. */
export interface TotalsText {
  month: string;
  accounts: string;
  bytes: string;
  records: string;
}

export interface CorrectionRow {
  partition: number;
  batch: number;
  month: number;
  place: number;
  kind: number;
  late: boolean;
  accountNo: number;
  recordId: string;
  byMonth: number;
  byPlace: number;
  byId: string;
}

/** A judged batch, ready to be written. */
export interface Encoded {
  kind: 'encoded';
  /** How many bytes of `output` are the COPY of its blocks; 0 where it keeps nothing. */
  length: number;
  output: SharedArrayBuffer;
  /** The COPY of its rejections. */
  rejections: Uint8Array | undefined;
  partitions: number[];
  /** Months whose state decided about it. */
  months: string[];
  totals: TotalsText[];
  corrections: CorrectionRow[];
  parts: PartResult[];
  rest: Rest | undefined;
}

/** Blocks whose records have to be compared before the batch can be judged, by partition and batch. */
export interface Suspicion {
  kind: 'suspects';
  blocks: { partition: number; batch: number }[];
}

/** The batch corrects what a batch before it keeps; it must be judged again once that one is committed. */
export interface MustWait {
  kind: 'wait';
}

/** The engine has not got the keys of these partitions; the batch must be judged again once it has. */
export interface MissingKeys {
  kind: 'missing';
  partitions: number[];
}

/** Lines to be told apart by the owners of their partitions. */
export interface SplitRequest {
  businessNo: number;
  input: SharedArrayBuffer;
  spare: number;
  parts: Part[];
  /** Lines are read up to so many; the rest is split later. */
  mostLines: number;
  /** The owner of each partition; 0 is this process. */
  owners: Uint8Array;
}

/** What one part has for an owner. */
export interface SplitPart {
  /** Its place among the parts that were split. */
  part: number;
  from: number;
  to: number;
  numbers: Int32Array;
  last: boolean;
  overlong: boolean;
}

export interface Share {
  owner: number;
  /** The lines, one behind the other; this process's own stay in the input, closed up. */
  bytes: Uint8Array | undefined;
  parts: SplitPart[];
}

export interface Split {
  shares: Share[];
  /** By part: the number of the line behind the last one that was read. */
  nextLines: number[];
  rest: Rest | undefined;
}

export interface KnownCorrection {
  partition: number;
  batch: number;
  month: number;
  place: number;
  kind: number;
}

export interface KeyPage {
  partitions: Int32Array;
  batches: Float64Array;
  counts: Int32Array;
  /** The blocks' `hashes`, one behind the other. */
  hashes: Uint8Array;
}

/** What the engine is asked, and what it answers. */
export interface EngineCalls {
  lines: (businessNo: number, revision: bigint, lines: DirectoryLine[]) => void;
  /** The keys of these partitions are about to be loaded, so many of each; `loaded` says that they are there. */
  reserve: (businessNo: number, partitions: number[], records: Int32Array) => void;
  load: (businessNo: number, page: KeyPage) => void;
  loaded: (businessNo: number, partitions: number[]) => void;
  /** Forgets the keys of partitions, but of those that batches under way have records for; answers with the forgotten ones. */
  drop: (businessNo: number, partitions: number[]) => number[];
  split: (request: SplitRequest) => Split;
  /** Takes in what other processes have committed; answers with the batches under way that keep one of its ids. */
  absorb: (businessNo: number, page: KeyPage, corrected: number[]) => number[];
  judge: (request: BatchRequest) => Encoded | Suspicion | MustWait | MissingKeys;
  compare: (batch: number, blocks: BlockRow[], corrections: KnownCorrection[]) => void;
  resolve: (batch: number) => Encoded;
  /** Once more for other closed months. */
  encode: (batch: number, closed: string[]) => Encoded;
  settle: (batch: number) => void;
  /** Takes a batch back, and all that were judged after it. */
  rewind: (batch: number) => void;
}
