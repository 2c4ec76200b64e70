/** No line is older than this; an earlier time is a slip of the pen. */
export const earliest = new Date('2000-01-01T00:00:00Z');

export type TimeVerdict = { kind: 'at'; time: Date } | { kind: 'refused'; why: string };

export interface TimeWish {
  /** Undefined: now. */
  wanted: Date | undefined;
  now: Date;
  /** Since when the present state holds; undefined for a new line. */
  since: Date | undefined;
  /** Only staff may say that something happened in the past. */
  mayChoose: boolean;
}

/** Decides when a change takes effect. Changes of one line follow each other: none takes effect before the last one. */
export function decideEffectiveTime({ wanted, now, since, mayChoose }: TimeWish): TimeVerdict {
  // Without a wish the present counts, even if the clock has been set back behind the line's last change.
  if (wanted === undefined) return { kind: 'at', time: since !== undefined && since > now ? since : now };
  if (!mayChoose) return { kind: 'refused', why: 'only an operator may choose the time' };
  if (Number.isNaN(wanted.getTime()) || wanted < earliest) {
    return { kind: 'refused', why: `lies before ${earliest.toISOString()}` };
  }
  if (wanted > now) return { kind: 'refused', why: 'lies in the future' };
  if (since !== undefined && wanted < since) {
    return { kind: 'refused', why: `lies before the line's last change at ${since.toISOString()}` };
  }
  return { kind: 'at', time: wanted };
}
