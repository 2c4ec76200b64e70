import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { AllowanceThresholdReachedSchema, SpendingLimitReachedSchema } from '#proto/rating/v1/events';
import { allowanceThresholdReached, spendingLimitReached } from './lineUsage.ts';

const line = { lineId: 'l', customerId: 'c', serviceNumber: '01200000001', period: '2026-11' };

test('IOT-3 allowance-threshold-reached says how much of which allowance is used', () => {
  const textAt = (percent: number) => {
    const used = { component: 'data', percent, used: '838861', allowance: '1048576.5', metric: 'bytes' };
    return allowanceThresholdReached(create(AllowanceThresholdReachedSchema, { ...line, ...used }));
  };
  expect(textAt(80)).toEqual({
    channel: 'SMS',
    template: 'allowance-threshold-reached',
    subject: '',
    body: '[Jangbu] 01200000001: 80 % of what data has free in 2026-11 is used (838,861 of 1,048,576.5 bytes).',
    attachments: [],
  });
  expect(textAt(100).body).toMatch(/: all of what data has free in 2026-11 is used/);
});

test('IOT-3 spending-limit-reached says what was spent, and whether the line is suspended', () => {
  const won = (amount: string) => ({ currency: 'KRW', amount });
  const textOf = (suspend: boolean) =>
    spendingLimitReached(
      create(SpendingLimitReachedSchema, { ...line, spent: won('50100'), limit: won('50000'), suspend }),
    ).body;
  const news = '[Jangbu] 01200000001: usage of 50,100 KRW in 2026-11 has reached the limit of 50,000 KRW';
  expect(textOf(false)).toBe(`${news}.`);
  expect(textOf(true)).toBe(`${news}. The line is being suspended.`);
});
