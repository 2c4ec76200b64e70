import { expect, test } from 'vitest';
import { departmentEmail, parseDepartmentEmails } from './departmentEmails.ts';

test('a business has its own address, the others the one of the star', () => {
  const { emails, faults } = parseDepartmentEmails('iot=iot-dept@jangbu.example, *=settlement@jangbu.example');
  expect(faults).toEqual([]);
  expect(departmentEmail(emails, 'iot')).toBe('iot-dept@jangbu.example');
  expect(departmentEmail(emails, 'shop')).toBe('settlement@jangbu.example');
});

test('without a star an unnamed business has none', () => {
  expect(departmentEmail(parseDepartmentEmails('iot=a@b').emails, 'shop')).toBe('');
});

test.each(['iot', 'iot=', '=a@b', 'Iot=a@b', 'iot=nobody', 'iot=a@b=c', 'iot=a@b,iot=c@d', 'iot=a b@c'])(
  '%s is reported',
  (text) => {
    expect(parseDepartmentEmails(text).faults).toHaveLength(1);
  },
);
