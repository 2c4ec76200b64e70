/** How a customer stands with an offering. */
export interface Ban {
  /** The same for every ban of this customer from this offering. */
  id: string;
  customerId: string;
  offeringId: string;
  business: string;
  /** Sum of the penalties that stand. */
  standingPoints: bigint;
  /** The sum that bans; 0 means never. */
  threshold: bigint;
  banned: boolean;
  /** When the customer was last banned, or let in again. */
  time: Date;
}

/** What a change of the sum does to the customer; undefined if nothing. */
export type Turn = 'BANNED' | 'UNBANNED' | undefined;

/** How the customer stands when so many points come to the sum, or go from it, under the rules of now. */
export function afterChange(ban: Ban, change: bigint, threshold: bigint, now: Date): { ban: Ban; turn: Turn } {
  const standingPoints = ban.standingPoints + change;
  const banned = threshold > 0n && standingPoints >= threshold;
  const turned = banned !== ban.banned;
  const changed = { ...ban, standingPoints, threshold, banned, time: turned ? now : ban.time };
  return { ban: changed, turn: turned ? (banned ? 'BANNED' : 'UNBANNED') : undefined };
}
