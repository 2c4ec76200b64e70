import type { BlockRow } from '../domain/block.ts';
import type { DirectoryLine } from '../domain/lineDirectory.ts';
import { Months } from '../domain/months.ts';
import { Business } from './business.ts';
import { Batch, Columns } from './columns.ts';
import { compareBlock, correctionKey } from './compareBlock.ts';
import { encodeBatch } from './encode.ts';
import { Judge } from './judge.ts';
import { KeyMemory } from './keyMemory.ts';
import { absorbKeys, loadKeys } from './keyPages.ts';
import { Positions } from './positions.ts';
import type {
  BatchRequest,
  Encoded,
  EngineCalls,
  KeyPage,
  KnownCorrection,
  MissingKeys,
  MustWait,
  Split,
  SplitRequest,
  Suspicion,
} from './protocol.ts';
import { readCsv } from './readCsv.ts';
import { readReport } from './readReport.ts';
import { type Correction, Resolution } from './resolution.ts';
import { Splitter } from './split.ts';
import { Suspects } from './suspects.ts';

export interface EngineOptions {
  timeZone: string;
  /** Records that a batch can have. */
  records: number;
  /** Which bits of fingerprints count: all of them, but in tests that want collisions. */
  mask: number;
  /** Bytes that the keys of kept records may take in memory; what is more goes to a file in this folder. */
  keyMemory: number;
  scratchFolder: string;
}

/** What a batch under way works with; used again for later ones. */
interface Desk {
  columns: Columns;
  positions: Int32Array;
  output: SharedArrayBuffer;
}

interface UnderWay {
  judge: Judge;
  suspects: Suspects;
  corrections: Correction[];
  desk: Desk;
}

/**
 * Everything about importing that is arithmetic: it reads and judges batches, finds duplicates, and writes what PostgreSQL gets. It knows no clock and no
 * database and never waits; a thread of its own runs it. Batches are judged one after the other and stay under way until they are
 * committed (`settle`) or taken back (`rewind`).
 */
export class Engine implements EngineCalls {
  readonly #options: EngineOptions;
  readonly #months: Months;
  readonly #businesses = new Map<number, Business>();
  /** In the order in which they were judged. */
  readonly #underWay = new Map<number, UnderWay>();
  readonly #desks: Desk[] = [];
  /** Made when there is somebody to share with. */
  #splitter: Splitter | undefined;
  readonly #keyMemory: KeyMemory;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#months = new Months(options.timeZone);
    this.#keyMemory = new KeyMemory(options.keyMemory, options.scratchFolder);
  }

  lines(businessNo: number, revision: bigint, lines: DirectoryLine[]): void {
    const directory = this.#business(businessNo).lines;
    for (const line of lines) directory.put(line);
    directory.revision = revision;
  }

  reserve(businessNo: number, partitions: number[], records: Int32Array): void {
    const business = this.#business(businessNo);
    const empty = partitions.map((partition) => business.reset(partition));
    const all = records.reduce((sum, each) => sum + each, 0);
    if (!this.#keyMemory.hasRoom(this.#businesses.values(), all)) return;
    for (const [index, { keys }] of empty.entries()) keys.reserve(records[index] ?? 0);
  }

  load(businessNo: number, page: KeyPage): void {
    loadKeys(this.#business(businessNo), page);
    this.#keepMemory();
  }

  loaded(businessNo: number, partitions: number[]): void {
    for (const [index, partition] of this.#business(businessNo).partitions.entries())
      if (partitions.includes(index)) partition.isLoaded = true;
  }

  drop(businessNo: number, partitions: number[]): number[] {
    const business = this.#business(businessNo);
    const judges = [...this.#underWay.values()].map(({ judge }) => judge);
    const unused = partitions.filter(
      (partition) =>
        !judges.some(({ batch, touches }) => batch.request.businessNo === businessNo && touches(partition)),
    );
    for (const partition of unused) business.reset(partition);
    return unused;
  }

  split(request: SplitRequest): Split {
    this.#splitter ??= new Splitter();
    return this.#splitter.split(request);
  }

  absorb(businessNo: number, page: KeyPage, corrected: number[]): number[] {
    const judges = [...this.#underWay.values()]
      .map(({ judge }) => judge)
      .filter((judge) => judge.batch.request.businessNo === businessNo);
    const changed = new Set(corrected);
    const colliding = absorbKeys(this.#business(businessNo), page, judges);
    for (const { judge, corrections } of this.#underWay.values()) {
      if (judge.batch.request.businessNo !== businessNo) continue;
      const { partition } = judge.batch.columns;
      const isChanged = (index: number) => changed.has(partition[index] ?? 0);
      // What is still being compared may have been compared with what stood there before.
      if (corrections.some(({ by }) => isChanged(by)) || judge.undecided().some(isChanged))
        colliding.add(judge.batch.no);
    }
    return [...colliding];
  }

  judge(request: BatchRequest): Encoded | Suspicion | MustWait | MissingKeys {
    const business = this.#business(request.businessNo);
    const desk = this.#desks.pop() ?? this.#newDesk();
    const batch = new Batch(request, desk.columns);
    const suspects = new Suspects();
    const judge = new Judge(batch, {
      business,
      months: this.#months,
      underWay: { find: (no) => this.#underWay.get(no)?.judge },
      suspects,
      positions: new Positions(batch, desk.positions),
      mask: this.#options.mask,
    });
    this.#underWay.set(batch.no, { judge, suspects, corrections: [], desk });
    for (const [part, { format }] of batch.parts.entries()) {
      if (format === 'csv') readCsv(batch, part, judge);
      else readReport(batch, part, judge);
      if (batch.rest) break;
    }
    const missing = judge.missingKeys();
    if (missing.length > 0) {
      this.rewind(batch.no);
      return { kind: 'missing', partitions: missing };
    }
    judge.meetAll();
    if (judge.mustWait || this.#isBeingCorrected(judge)) {
      this.rewind(batch.no);
      return { kind: 'wait' };
    }
    const { blocks } = suspects;
    return blocks.length > 0 ? { kind: 'suspects', blocks } : this.resolve(batch.no);
  }

  compare(no: number, blocks: BlockRow[], corrections: KnownCorrection[]): void {
    const { judge, suspects } = this.#get(no);
    const { batch } = judge;
    const known = new Map(corrections.map((each) => [correctionKey(each), each.kind]));
    const world = { suspects, business: this.#business(batch.request.businessNo), mask: this.#options.mask };
    for (const block of blocks) compareBlock(batch, block, known, world);
  }

  resolve(no: number): Encoded {
    const underWay = this.#get(no);
    const { judge, suspects } = underWay;
    const resolution = new Resolution(judge, suspects, this.#business(judge.batch.request.businessNo));
    if (judge.pending.length > 0) resolution.run();
    underWay.corrections = resolution.corrections;
    return this.encode(no, judge.batch.request.closed);
  }

  encode(no: number, closed: string[]): Encoded {
    const { judge, corrections, desk } = this.#get(no);
    return encodeBatch({
      judge,
      business: this.#business(judge.batch.request.businessNo),
      months: this.#months,
      corrections,
      closed: new Set(closed),
      output: (bytes) => {
        if (desk.output.byteLength < bytes) desk.output = new SharedArrayBuffer(Math.ceil(bytes * 1.1));
        return desk.output;
      },
    });
  }

  settle(no: number): void {
    const { desk } = this.#get(no);
    this.#underWay.delete(no);
    this.#desks.push(desk);
    this.#keepMemory();
  }

  #keepMemory(): void {
    this.#keyMemory.keep(this.#businesses.values(), (batch) => this.#underWay.has(batch));
  }

  rewind(no: number): void {
    let found = false;
    for (const [each, { judge, desk }] of this.#underWay) {
      found ||= each === no;
      if (!found) continue;
      const { partitions } = this.#business(judge.batch.request.businessNo);
      for (const [index, commit] of judge.commits.entries())
        if (commit > 0) partitions[index]?.kill(commit, judge.batch.no);
      this.#underWay.delete(each);
      this.#desks.push(desk);
    }
  }

  /** Whether a batch under way corrects records of a partition in which this one has to compare: what it will find is not kept yet. */
  #isBeingCorrected(judge: Judge): boolean {
    const { partition } = judge.batch.columns;
    const undecided = judge.undecided();
    if (undecided.length === 0) return false;
    const { businessNo } = judge.batch.request;
    const corrected = new Set<number | undefined>();
    for (const { judge: other, corrections } of this.#underWay.values()) {
      if (other.batch.request.businessNo !== businessNo) continue;
      for (const { by } of corrections) corrected.add(other.batch.columns.partition[by]);
    }
    return corrected.size > 0 && undecided.some((index) => corrected.has(partition[index]));
  }

  #get(no: number): UnderWay {
    const underWay = this.#underWay.get(no);
    if (!underWay) throw new Error(`batch ${no} is not under way`);
    return underWay;
  }

  #business(no: number): Business {
    const known = this.#businesses.get(no);
    if (known) return known;
    const business = new Business(no);
    this.#businesses.set(no, business);
    return business;
  }

  #newDesk(): Desk {
    const { records } = this.#options;
    return {
      columns: new Columns(records),
      positions: new Int32Array(2 ** Math.ceil(Math.log2(records * 2 + 1))),
      output: new SharedArrayBuffer(64 * 1024),
    };
  }
}
