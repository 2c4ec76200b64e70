/** PENDING and REFUSED are between ordering and billing: to everybody else there is no such penalty. */
export type PenaltyState = 'PENDING' | 'REFUSED' | VisibleState;
export type VisibleState = 'IMPOSED' | 'RELEASED';

/** One state that others have seen a penalty in. */
export interface PenaltyTransition {
  state: VisibleState;
  time: Date;
}

/** Points lost for a breach of an offering's rules. */
export interface Penalty {
  id: string;
  business: string;
  customerId: string;
  offeringId: string;
  /** As it was called when the penalty was asked for. */
  offeringName: string;
  place: string;
  /** What it counts. */
  points: bigint;
  state: PenaltyState;
  /** What the account had to lose; undefined unless it is or was IMPOSED. */
  taken: bigint | undefined;
  /** The account that lost it; empty where nothing was asked of one. */
  accountId: string;
  /** Why it was REFUSED; empty otherwise. */
  stateReason: string;
  /** Oldest first. */
  history: PenaltyTransition[];
  createTime: Date;
  /** As many as there are transitions. */
  revision: bigint;
}

export type PenaltyWish = Pick<
  Penalty,
  'id' | 'business' | 'customerId' | 'offeringId' | 'offeringName' | 'place' | 'points'
>;

export type PenaltyCommand =
  | { kind: 'IMPOSE'; taken: bigint; accountId: string }
  | { kind: 'REFUSE'; reason: string }
  | { kind: 'RELEASE' };

export function newPenalty(wish: PenaltyWish, now: Date): Penalty {
  const head = { taken: undefined, accountId: '', stateReason: '', history: [], createTime: now, revision: 0n };
  return { ...wish, ...head, state: 'PENDING' };
}

export function isVisible<P extends Penalty>(penalty: P): penalty is P & { state: VisibleState } {
  return penalty.state === 'IMPOSED' || penalty.state === 'RELEASED';
}

/**
 * The life of a penalty:
 *
 *     PENDING ── impose: billing has posted it ──> IMPOSED ── release ──> RELEASED
 *       └── refuse: billing never will ──> REFUSED
 *
 * The penalty after a command; undefined where its state forbids it.
 */
export function moved(penalty: Penalty, command: PenaltyCommand, now: Date): Penalty | undefined {
  const enter = (state: VisibleState) => ({
    ...penalty,
    state,
    history: [...penalty.history, { state, time: now }],
    revision: penalty.revision + 1n,
  });
  const { state } = penalty;
  switch (command.kind) {
    case 'IMPOSE':
      if (state !== 'PENDING') return undefined;
      return { ...enter('IMPOSED'), taken: command.taken, accountId: command.accountId };
    case 'REFUSE':
      return state === 'PENDING' ? { ...penalty, state: 'REFUSED', stateReason: command.reason } : undefined;
    case 'RELEASE':
      return state === 'IMPOSED' ? enter('RELEASED') : undefined;
    default:
      return command satisfies never;
  }
}
