import type { Line, LineAction, LineCommand, LineState } from './line.ts';

/** What becomes of a command. */
export type Verdict =
  /** The line changes once rating and billing have confirmed. */
  | { kind: 'change' }
  /** There is nothing left to terminate: rating is asked whether that is true, and nothing else happens. */
  | { kind: 'check-use' }
  | { kind: 'forbidden'; state: LineState }
  /** One order at a time changes a line. */
  | { kind: 'busy'; orderId: string };

const change = { kind: 'change' } as const;

/**
 * The life of a line:
 *
 *     PENDING ── confirmed ──> ACTIVE ── suspend ──> SUSPENDED
 *        │                       │ <──── resume ───────┘ │
 *        └─ refused ─> FAILED    └─ terminate ─┬─────────┘
 *                                              v
 *                       ACTIVE <── restore ─ TERMINATED ── terminate ─> (nothing, after a check)
 *
 * An active or suspended line may also change its offering; it stays in its state.
 */
const allowed: Record<LineState, Partial<Record<LineCommand, Verdict>>> = {
  PENDING: {},
  ACTIVE: { SUSPEND: change, TERMINATE: change, CHANGE_OFFERING: change },
  SUSPENDED: { RESUME: change, TERMINATE: change, CHANGE_OFFERING: change },
  TERMINATED: { RESTORE: change, TERMINATE: { kind: 'check-use' } },
  FAILED: {},
};

export function decideCommand(line: Pick<Line, 'state' | 'pendingOrderId'>, command: LineCommand): Verdict {
  if (line.pendingOrderId !== undefined) return { kind: 'busy', orderId: line.pendingOrderId };
  return allowed[line.state][command] ?? { kind: 'forbidden', state: line.state };
}

function stateAfter(action: LineAction, before: LineState): LineState {
  switch (action) {
    case 'ACTIVATE':
    case 'RESUME':
    case 'RESTORE':
      return 'ACTIVE';
    case 'SUSPEND':
      return 'SUSPENDED';
    case 'TERMINATE':
      return 'TERMINATED';
    case 'CHANGE_OFFERING':
      return before;
    default:
      return action satisfies never;
  }
}

/** The line after an order that everybody has confirmed. The order's offering and billing's account, where it named one, are now the line's. */
export function completeChange(
  line: Line,
  done: { action: LineAction; offeringId: string; effectiveTime: Date; accountId: string },
  now: Date,
): Line {
  return {
    ...freed(line, now),
    state: stateAfter(done.action, line.state),
    offeringId: done.offeringId,
    changeTime: done.effectiveTime,
    accountId: done.accountId || line.accountId,
  };
}

/** The line after an order that failed: as before, but a line that never came into service never will. */
export function abandonChange(line: Line, action: LineAction, now: Date): Line {
  return { ...freed(line, now), state: action === 'ACTIVATE' ? 'FAILED' : line.state };
}

/** The line once no order changes it any more. */
export function freed(line: Line, now: Date): Line {
  return { ...line, pendingOrderId: undefined, updateTime: now, revision: line.revision + 1n };
}

/** The line while an order changes it. */
export function claimed(line: Line, orderId: string, now: Date): Line {
  return { ...line, pendingOrderId: orderId, updateTime: now, revision: line.revision + 1n };
}
