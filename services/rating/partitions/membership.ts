import type { Database } from '#shared/database/database';
import { Alarm } from '#shared/process/alarm';
import { sleep } from '#shared/process/background';
import { DatabaseSession } from '#shared/process/session';
import type { Logger } from '#shared/telemetry/log';
import { join, leave, livingMembers, type Member, membersChannel } from './store/members.ts';

/** Who shares the partitions, as one process sees it. A new object whenever that changes. */
export interface View {
  /** This process's number; undefined for one that takes no part. */
  self: number | undefined;
  members: readonly Member[];
}

export const alone: View = { self: undefined, members: [] };

const lookMs = 1_000;
/** Who did not take a chunk is not asked for so long. */
const suspicionMs = 30_000;

export interface MembershipOptions {
  database: Database;
  /** Where the others reach this process. */
  address: string;
  log: Logger;
  /** Told of every change. */
  changed?: (view: View) => void;
}

/**
 * Makes this process a member and watches the others. What it sees may be old or wrong: that costs speed and nothing else, because any process may commit to
 * any partition.
 */
export class Membership implements AsyncDisposable {
  readonly #options: MembershipOptions;
  readonly #stop = new AbortController();
  readonly #suspects = new Map<number, number>();
  readonly #watching: Promise<void>;
  #living: readonly Member[] = [];
  #self: number | undefined;
  view: View = alone;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#watching = this.#watch();
  }

  /** A member did not do what it was asked; its partitions are others' for a while. */
  suspect(no: number): void {
    this.#suspects.set(no, performance.now() + suspicionMs);
    this.#see();
  }

  /** Leaves: the others send nothing any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#takePart(signal);
      } catch (error) {
        if (!signal.aborted)
          this.#options.log.warn({ err: error }, 'not a member of the rating processes; trying again');
        await sleep(lookMs, signal);
      }
    }
  }

  async #takePart(signal: AbortSignal): Promise<void> {
    const { database, address } = this.#options;
    const session = await DatabaseSession.open(database);
    const either = AbortSignal.any([signal, session.lost]);
    const alarm = new Alarm();
    try {
      await session.listen(membersChannel, () => alarm.ring());
      const self = await join(session, address);
      while (!either.aborted) {
        alarm.reset();
        const living = await livingMembers(database);
        if (!living.some(({ no }) => no === self)) throw new Error('the sign of life is lost');
        this.#self = self;
        this.#living = living;
        this.#see();
        await alarm.wait(lookMs, either);
      }
      if (signal.aborted) await leave(session, self);
    } finally {
      await session.end();
    }
  }

  #see(): void {
    const now = performance.now();
    for (const [no, until] of this.#suspects) if (until < now) this.#suspects.delete(no);
    const members = this.#living.filter(({ no }) => no === this.#self || !this.#suspects.has(no));
    const isSame =
      this.view.self === this.#self &&
      members.length === this.view.members.length &&
      members.every(({ no }, index) => no === this.view.members[index]?.no);
    if (isSame) return;
    this.view = { self: this.#self, members };
    this.#options.log.info({ self: this.#self, members: members.map(({ no }) => no) }, 'rating processes');
    this.#options.changed?.(this.view);
  }
}
