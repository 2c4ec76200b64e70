import {
  PartialPackage,
  Proration,
  type Component as ProtoComponent,
  type Percentage as ProtoPercentage,
  type Tariff as ProtoTariff,
  type Tier as ProtoTier,
  type TimeOfDay as ProtoTimeOfDay,
  RoundingMode,
} from '#proto/rating/v1/tariff';
import { Fault } from '../errors/fault.ts';
import { decimal, type Exact, type RoundingMode as ExactRounding, whole, zero } from '../money/decimal.ts';
import { instantOf } from '../time/instant.ts';
import type { Component, Model, Percentage, Tariff, Tier, TimeOfDay } from './tariff.ts';
import { validateTariff } from './validateTariff.ts';

const roundingModes = new Map<RoundingMode, ExactRounding>([
  [RoundingMode.HALF_UP, 'HALF_UP'],
  [RoundingMode.HALF_EVEN, 'HALF_EVEN'],
  [RoundingMode.UP, 'UP'],
  [RoundingMode.DOWN, 'DOWN'],
]);

/** The tariff as the pricers read it. Throws TARIFF_INVALID, naming each field, if it contradicts itself. */
export function tariffFromProto(tariff: ProtoTariff): Tariff {
  const violations = validateTariff(tariff);
  const [first] = violations;
  if (first) throw new Fault('TARIFF_INVALID', { message: `${first.field}: ${first.description}`, violations });
  return {
    id: tariff.id,
    displayName: tariff.displayName,
    currency: tariff.currency,
    taxRate: numberOr(tariff.taxRate, zero),
    versions: tariff.versions.map(({ effectiveTime, components }) => ({
      effectiveTime: effectiveTime && instantOf(effectiveTime),
      components: components.map(componentFromProto),
    })),
  };
}

function componentFromProto(component: ProtoComponent): Component {
  return {
    name: component.name,
    metric: component.metric,
    unit: numberOr(component.unit, whole(1)),
    allowance: numberOr(component.allowance, zero),
    increment: optional(component.increment),
    timeOfDay: component.timeOfDay && timeOfDayFromProto(component.timeOfDay),
    rounding: component.rounding && {
      mode: roundingModes.get(component.rounding.mode) ?? 'HALF_UP',
      decimals: component.rounding.decimals,
    },
    model: modelFromProto(component.model),
  };
}

function modelFromProto(model: ProtoComponent['model']): Model {
  switch (model.case) {
    case 'recurring':
      return {
        kind: 'recurring',
        amount: decimal(model.value.amount),
        proration: model.value.proration === Proration.NONE ? 'NONE' : 'DAILY',
      };
    case 'perUnit':
      return { kind: 'perUnit', unitPrice: decimal(model.value.unitPrice) };
    case 'graduated':
    case 'volume':
      return { kind: model.case, tiers: model.value.tiers.map(tierFromProto) };
    case 'package':
      return {
        kind: 'package',
        size: decimal(model.value.size),
        price: decimal(model.value.price),
        partial: model.value.partial === PartialPackage.PRORATED ? 'PRORATED' : 'UP',
      };
    case 'percentage':
      return percentageFromProto(model.value);
    case 'minimum':
    case 'maximum':
      return { kind: model.case, amount: decimal(model.value.amount) };
    case undefined:
      throw new Fault('TARIFF_INVALID', { message: 'a component has no model' });
    default:
      return model satisfies never;
  }
}

function tierFromProto(tier: ProtoTier): Tier {
  return {
    upTo: optional(tier.upTo),
    unitPrice: numberOr(tier.unitPrice, zero),
    flat: numberOr(tier.flat, zero),
  };
}

function percentageFromProto(model: ProtoPercentage): Percentage {
  return {
    kind: 'percentage',
    rate: decimal(model.rate),
    fixed: numberOr(model.fixed, zero),
    freeEvents: optional(model.freeEvents),
    freeAmount: optional(model.freeAmount),
    minimum: optional(model.minimum),
    maximum: optional(model.maximum),
  };
}

function timeOfDayFromProto({ days, from, to, timeZone }: ProtoTimeOfDay): TimeOfDay {
  return { days: [...days], from: minutes(from), to: minutes(to), timeZone: timeZone || undefined };
}

function minutes(clock: string): number {
  const [hours, rest] = clock.split(':').map(Number);
  return (hours ?? 0) * 60 + (rest ?? 0);
}

function numberOr(text: string, fallback: Exact): Exact {
  return text === '' ? fallback : decimal(text);
}

function optional(text: string): Exact | undefined {
  return text === '' ? undefined : decimal(text);
}
