import { decimal, isDecimal } from '../money/decimal.ts';

/** Takes what is wrong with a field. */
export type Report = (field: string, description: string) => void;

/** An optional number ≥ 0. */
export function checkNumber(text: string, field: string, report: Report): boolean {
  if (text === '') return true;
  if (isDecimal(text) && decimal(text).gte(0)) return true;
  report(field, 'is not a decimal number of at least 0');
  return false;
}

/** An optional number > 0. */
export function checkPositive(text: string, field: string, report: Report): void {
  if (checkNumber(text, field, report) && text !== '' && decimal(text).equals(0)) report(field, 'must be more than 0');
}
