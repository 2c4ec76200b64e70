import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { MoneySchema } from '#proto/common/v1/money';
import { decimal } from './decimal.ts';
import { addMoney, fromProto, roundToMoney, toProto } from './money.ts';

const money = (currency: string, amount: string) => create(MoneySchema, { currency, amount });

describe('money', () => {
  it('reads 9899.00 and 9899 won as the same amount and answers without decimals', () => {
    expect(fromProto(money('KRW', '9899.00'), 'amount')).toEqual(fromProto(money('KRW', '9899'), 'amount'));
    expect(toProto({ currency: 'KRW', minor: 9899n }).amount).toBe('9899');
    expect(toProto({ currency: 'USD', minor: -1250n }).amount).toBe('-12.50');
    expect(toProto({ currency: 'PTS', minor: 100n }).amount).toBe('100');
  });

  it.each([
    ['KRW', '0.5'],
    ['USD', '0.001'],
    ['krw', '1'],
    ['KRW', '1e3'],
    ['KRW', '9'.repeat(30)],
  ])('refuses %s %s and names the field', (currency, amount) => {
    expect(() => fromProto(money(currency, amount), 'order.total')).toThrow(/order\.total\./);
  });

  it('rounds halves away from zero', () => {
    expect(roundToMoney(decimal('0.5'), 'KRW').minor).toBe(1n);
    expect(roundToMoney(decimal('-0.125'), 'USD').minor).toBe(-13n);
  });

  it('never adds two currencies', () => {
    expect(() => addMoney({ currency: 'KRW', minor: 1n }, { currency: 'PTS', minor: 1n })).toThrow(/cannot be added/);
  });
});
