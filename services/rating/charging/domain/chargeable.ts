import { Fault } from '#shared/errors/fault';
import type { Component, TariffVersion, Volume } from '#shared/pricing/tariff';

/**
 * What of a tariff version prices a session: the components of its metric, and a maximum over them. Fees and minimums are owed for a
 * month and not for each session. Throws TARIFF_INVALID where a session cannot be charged by it.
 */
export function chargeable(tariffId: string, version: TariffVersion, metric: string): TariffVersion {
  const components = version.components.filter(
    (component) => component.metric === metric || component.model.kind === 'maximum',
  );
  const priced = components.filter(({ model }) => model.kind !== 'maximum');
  if (priced.length === 0) throw invalid(tariffId, `prices no ${metric}`);
  for (const { name, model } of priced) {
    if (model.kind === 'percentage') throw invalid(tariffId, `${name} charges amounts, which units have none of`);
    if (model.kind === 'volume' && isFalling(model)) {
      throw cheaper(tariffId, name);
    }
  }
  // The excess that is taken off is rounded by itself, so that a little more of it may take off more than it adds.
  const rounded = components.find(({ model, rounding }) => model.kind === 'maximum' && rounding);
  if (rounded) throw cheaper(tariffId, rounded.name);
  return { ...version, components };
}

/** Whether the unit past a tier's bound makes the whole quantity cheaper than it was at the bound. */
function isFalling({ tiers }: Volume): boolean {
  return tiers.some(({ upTo, unitPrice, flat }, index) => {
    const next = tiers[index + 1];
    return upTo && next && upTo.mul(next.unitPrice).add(next.flat).lt(upTo.mul(unitPrice).add(flat));
  });
}

/** In which parts a grant is cut where the balance does not pay for all of it: the smallest increment, else single units. */
export function incrementOf({ components }: TariffVersion): Component['increment'] {
  return components
    .map(({ increment }) => increment)
    .filter((increment) => increment !== undefined)
    .sort((one, other) => one.compare(other))[0];
}

function cheaper(tariffId: string, name: string): Fault {
  return invalid(tariffId, `${name} makes more units cost less, and what is debited is not given back`);
}

function invalid(tariffId: string, what: string): Fault {
  return new Fault('TARIFF_INVALID', {
    message: `no session can be charged by tariff ${tariffId}: ${what}`,
    metadata: { tariff_id: tariffId },
  });
}
