import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../deploy/local/sample/random.ts';
import type { World } from '../journeys/world.ts';
import type { Stage } from './smallMonth.ts';

export interface Kill {
  readonly victim: string;
  readonly stage: Stage;
  /** So long after the stage began. */
  readonly afterMs: number;
}

/** Kills with SIGKILL what a plan says when it says so; what is left of a stage's kills when it ends, happens at its end. */
export class Killer {
  /** So many were killed by now. */
  struck = 0;
  readonly #strikes: Promise<void>[] = [];
  readonly #world: World;
  readonly #plan: readonly Kill[];
  #stageOver = new AbortController();

  constructor(world: World, plan: readonly Kill[]) {
    this.#world = world;
    this.#plan = plan;
  }

  readonly onStage = (stage: Stage): void => {
    this.#stageOver.abort();
    this.#stageOver = new AbortController();
    const { signal } = this.#stageOver;
    for (const kill of this.#plan.filter((each) => each.stage === stage))
      this.#strikes.push(this.#strike(kill, signal));
  };

  /** Waits until every victim is back. */
  async finish(): Promise<void> {
    await Promise.all(this.#strikes);
    for (const { victim } of this.#plan) await this.#world.mesh.untilReady(victim);
  }

  async #strike({ victim, afterMs }: Kill, stageOver: AbortSignal): Promise<void> {
    await sleep(afterMs, undefined, { signal: stageOver }).catch(() => {});
    await this.#world.mesh.kill(victim, 'SIGKILL');
    this.struck++;
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
