import { describe, expect, it } from 'vitest';
import { readEnvironment } from './environment.ts';

describe('settings', () => {
  it('reports every fault at once', () => {
    const read = () =>
      readEnvironment({ PORT: '99999', URL: 'nonsense', ZONE: 'Mars/Olympus' }, (environment) => ({
        port: environment.port('PORT', 0),
        url: environment.url('URL'),
        zone: environment.timeZone('ZONE', 'UTC'),
        missing: environment.text('MISSING'),
      }));
    expect(read).toThrow(/4 fault\(s\)[\s\S]*PORT[\s\S]*URL[\s\S]*ZONE[\s\S]*MISSING is missing/);
  });

  it('takes defaults for what is not set', () => {
    expect(readEnvironment({}, (environment) => environment.port('PORT', 8088))).toBe(8088);
  });
});
