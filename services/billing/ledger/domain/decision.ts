import type { Answer, Command } from './command.ts';
import type { Effect } from './effect.ts';
import type { BalanceCause } from './ledger.ts';

/** What a command does to the book, and why. */
export interface Decision {
  effects: Effect[];
  cause: BalanceCause;
  causeId: string;
  answer: Answer;
}

/** Commands of one kind. */
export type Of<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;
