import { Random } from '../../deploy/local/sample/random.ts';
import type { World } from '../journeys/world.ts';
import type { Stage } from './smallMonth.ts';

export interface Kill {
  readonly victim: string;
  readonly stage: Stage;
  /** So long after the stage began. */
  readonly afterMs: number;
}

/** Kills with SIGKILL what a plan says when it says so, and remembers whether it happened. */
export class Killer {
  readonly done: Promise<void>[] = [];
  readonly #world: World;
  readonly #plan: readonly Kill[];

  constructor(world: World, plan: readonly Kill[]) {
    this.#world = world;
    this.#plan = plan;
  }

  readonly onStage = (stage: Stage): void => {
    for (const kill of this.#plan.filter((each) => each.stage === stage)) this.done.push(this.#strike(kill));
  };

  /** Waits until every victim is back. */
  async finish(): Promise<void> {
    await Promise.all(this.done);
    for (const { victim } of this.#plan) await this.#world.mesh.untilReady(victim);
  }

  async #strike({ victim, afterMs }: Kill): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await this.#world.mesh.kill(victim, 'SIGKILL');
  }
}

/** A moment within the stage's usual length. */
export function moments(
  seed: number,
  plan: readonly (readonly [victim: string, stage: Stage, withinMs: number])[],
): Kill[] {
  const random = new Random(seed);
  return plan.map(([victim, stage, withinMs]) => ({ victim, stage, afterMs: random.below(withinMs) }));
}
