import type { Component, Tariff, TariffVersion } from '#proto/rating/v1/tariff';
import type { FieldViolation } from '../errors/fault.ts';
import { decimal, isDecimal } from '../money/decimal.ts';
import { instantOf } from '../time/instant.ts';
import { isTimeZone } from '../time/month.ts';
import { checkNumber, checkPositive, type Report } from './checkNumber.ts';
import { validateModel } from './validateModel.ts';

/**
 * What a tariff contradicts itself in, beyond the rules that the contract declares per field. Fields are
 * named as in the contract, such as `tariff.versions[0].components[2].unit`. No violation means it can be priced.
 */
export function validateTariff(tariff: Tariff, field = 'tariff'): FieldViolation[] {
  const violations: FieldViolation[] = [];
  const report: Report = (at, description) => violations.push({ field: at, description });
  if (tariff.versions.length === 0) report(`${field}.versions`, 'a tariff needs a version');
  checkNumber(tariff.taxRate, `${field}.tax_rate`, report);
  for (const [index, version] of tariff.versions.entries()) {
    checkOrder(tariff.versions[index - 1], version, `${field}.versions[${index}]`, report);
    validateVersion(version, `${field}.versions[${index}]`, report);
  }
  return violations;
}

function checkOrder(before: TariffVersion | undefined, version: TariffVersion, field: string, report: Report): void {
  if (!before) return;
  const at = `${field}.effective_time`;
  if (!version.effectiveTime) {
    report(at, 'only the first version may be in force since always');
  } else if (before.effectiveTime && instantOf(version.effectiveTime) <= instantOf(before.effectiveTime)) {
    report(at, 'must be later than the version before');
  }
}

function validateVersion(version: TariffVersion, field: string, report: Report): void {
  if (version.components.length === 0) report(`${field}.components`, 'a version needs a component');
  const names = new Set<string>();
  const bounds = new Map<string, string>();
  for (const [index, component] of version.components.entries()) {
    const at = `${field}.components[${index}]`;
    if (names.has(component.name)) report(`${at}.name`, `another component is called ${component.name}`);
    names.add(component.name);
    validateComponent(component, at, report);
    if (component.model.case !== 'minimum' && component.model.case !== 'maximum') continue;
    if (bounds.has(component.model.case))
      report(at, `the version has two components of the model ${component.model.case}`);
    bounds.set(component.model.case, component.model.value.amount);
  }
  const [minimum, maximum] = [bounds.get('minimum'), bounds.get('maximum')];
  if (!minimum || !maximum || !isDecimal(minimum) || !isDecimal(maximum)) return;
  if (decimal(minimum).gt(decimal(maximum))) report(`${field}.components`, 'the minimum is above the maximum');
}

function validateComponent(component: Component, field: string, report: Report): void {
  checkNumber(component.allowance, `${field}.allowance`, report);
  checkPositive(component.unit, `${field}.unit`, report);
  checkPositive(component.increment, `${field}.increment`, report);
  checkApplicable(component, field, report);
  checkTimeOfDay(component, `${field}.time_of_day`, report);
  validateModel(component.model, field, report);
}

/** Refuses what the model would silently ignore. */
function checkApplicable(component: Component, field: string, report: Report): void {
  const model = component.model.case ?? '';
  const chargesUsage = !['recurring', 'minimum', 'maximum', ''].includes(model);
  if (chargesUsage && component.metric === '') report(`${field}.metric`, `the model ${model} needs a metric`);
  const chargesQuantity = chargesUsage && model !== 'percentage';
  if (!chargesQuantity && isMoreThanZero(component.allowance)) {
    report(`${field}.allowance`, `does not go with the model ${model}`);
  }
  if (!chargesQuantity && component.increment !== '')
    report(`${field}.increment`, `does not go with the model ${model}`);
  if (!chargesUsage && component.timeOfDay) report(`${field}.time_of_day`, `does not go with the model ${model}`);
}

function checkTimeOfDay({ timeOfDay }: Component, field: string, report: Report): void {
  if (!timeOfDay) return;
  const { from, to, timeZone, days } = timeOfDay;
  if (from === to) report(`${field}.to`, 'the window is empty; a whole day is 00:00 to 24:00');
  if (timeZone !== '' && !isTimeZone(timeZone)) report(`${field}.time_zone`, 'is not a time zone');
  if (new Set(days).size < days.length) report(`${field}.days`, 'names a day twice');
}

function isMoreThanZero(text: string): boolean {
  return isDecimal(text) && decimal(text).gt(0);
}
