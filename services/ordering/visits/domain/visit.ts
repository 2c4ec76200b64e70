export type VisitState = 'CHECKED_IN' | 'CHECKED_OUT' | 'EARNED';

/** One state a visit has been in. */
export interface VisitTransition {
  state: VisitState;
  time: Date;
}

/** Somebody's visit to an area. */
export interface Visit {
  id: string;
  business: string;
  customerId: string;
  offeringId: string;
  /** As it was called at the check-in. */
  offeringName: string;
  area: string;
  state: VisitState;
  /** What it earned; undefined until it is EARNED. */
  points: bigint | undefined;
  /** Why it earned nothing; empty where there is nothing to explain. */
  stateReason: string;
  /** Oldest first; the last one is the present state. */
  history: VisitTransition[];
  checkInTime: Date;
  checkOutTime: Date | undefined;
  revision: bigint;
}

export type VisitWish = Pick<Visit, 'id' | 'business' | 'customerId' | 'offeringId' | 'offeringName' | 'area'>;

export type VisitCommand =
  | { kind: 'CHECK_OUT' }
  | { kind: 'EARN'; points: bigint }
  /** It earns nothing, and this is why. */
  | { kind: 'REFUSE'; reason: string };

export function newVisit(wish: VisitWish, now: Date): Visit {
  const head = { points: undefined, stateReason: '', checkInTime: now, checkOutTime: undefined, revision: 1n };
  return { ...wish, ...head, state: 'CHECKED_IN', history: [{ state: 'CHECKED_IN', time: now }] };
}

/**
 * The life of a visit:
 *
 *     CHECKED_IN ── check out ──> CHECKED_OUT ── earn ──> EARNED
 *                                   └── refuse: stays there, with the reason
 *
 * The visit after a command; undefined where its state forbids it. What has been refused is never earned.
 */
export function moved(visit: Visit, command: VisitCommand, now: Date): Visit | undefined {
  const enter = (state: VisitState) => ({
    ...visit,
    state,
    history: [...visit.history, { state, time: now }],
    revision: visit.revision + 1n,
  });
  const awaited = visit.state === 'CHECKED_OUT' && visit.stateReason === '';
  switch (command.kind) {
    case 'CHECK_OUT':
      return visit.state === 'CHECKED_IN' ? { ...enter('CHECKED_OUT'), checkOutTime: now } : undefined;
    case 'EARN':
      return awaited ? { ...enter('EARNED'), points: command.points } : undefined;
    case 'REFUSE':
      return awaited ? { ...visit, stateReason: command.reason, revision: visit.revision + 1n } : undefined;
    default:
      return command satisfies never;
  }
}
