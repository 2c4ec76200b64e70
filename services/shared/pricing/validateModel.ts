import type { Component, Percentage, Tier } from '#proto/rating/v1/tariff';
import { decimal, isDecimal } from '../money/decimal.ts';
import { checkNumber, checkPositive, type Report } from './checkNumber.ts';

/** Contradictions inside a component's model; `field` is the component's path. */
export function validateModel(model: Component['model'], field: string, report: Report): void {
  switch (model.case) {
    case 'recurring':
      checkNeeded(model.value.amount, `${field}.recurring.amount`, report);
      break;
    case 'perUnit':
      checkNeeded(model.value.unitPrice, `${field}.per_unit.unit_price`, report);
      break;
    case 'graduated':
    case 'volume':
      checkTiers(model.value.tiers, `${field}.${model.case}.tiers`, report);
      break;
    case 'package':
      checkNeeded(model.value.size, `${field}.package.size`, report);
      checkPositive(model.value.size, `${field}.package.size`, report);
      checkNeeded(model.value.price, `${field}.package.price`, report);
      break;
    case 'percentage':
      checkPercentage(model.value, `${field}.percentage`, report);
      break;
    case 'minimum':
    case 'maximum':
      checkNeeded(model.value.amount, `${field}.${model.case}.amount`, report);
      break;
    case undefined:
      report(field, 'a component needs a model');
      break;
    default:
      model satisfies never;
  }
}

function checkNeeded(text: string, field: string, report: Report): void {
  if (text === '') report(field, 'is needed');
  checkNumber(text, field, report);
}

function checkTiers(tiers: readonly Tier[], field: string, report: Report): void {
  if (tiers.length === 0) report(field, 'at least one tier is needed');
  for (const [index, tier] of tiers.entries()) {
    const at = `${field}[${index}]`;
    checkNumber(tier.unitPrice, `${at}.unit_price`, report);
    checkNumber(tier.flat, `${at}.flat`, report);
    const isLast = index === tiers.length - 1;
    if (isLast && tier.upTo !== '') report(`${at}.up_to`, 'the last tier has no upper bound');
    if (!isLast && tier.upTo === '') report(`${at}.up_to`, 'only the last tier has no upper bound');
    if (!checkNumber(tier.upTo, `${at}.up_to`, report) || tier.upTo === '') continue;
    const before = tiers[index - 1]?.upTo ?? '';
    if (isDecimal(before) && decimal(tier.upTo).lte(decimal(before))) {
      report(`${at}.up_to`, 'must be more than the bound of the tier before');
    }
  }
}

function checkPercentage(model: Percentage, field: string, report: Report): void {
  checkNeeded(model.rate, `${field}.rate`, report);
  checkNumber(model.fixed, `${field}.fixed`, report);
  checkNumber(model.freeAmount, `${field}.free_amount`, report);
  if (checkNumber(model.freeEvents, `${field}.free_events`, report) && model.freeEvents !== '') {
    if (decimal(model.freeEvents).d !== 1n) report(`${field}.free_events`, 'must be a whole number');
  }
  const minimum = checkNumber(model.minimum, `${field}.minimum`, report) && model.minimum;
  const maximum = checkNumber(model.maximum, `${field}.maximum`, report) && model.maximum;
  if (minimum && maximum && decimal(minimum).gt(decimal(maximum))) {
    report(`${field}.minimum`, 'is above the maximum');
  }
}
