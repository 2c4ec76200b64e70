import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

describe('configuration', () => {
  test('the mesh: one address a service, and any of them for what they share', () => {
    const config = readConfig({ ORDERING_ADDRESS: 'a:1', RATING_ADDRESS: 'b:2' });
    expect(config).toMatchObject({
      port: 8088,
      host: '127.0.0.1',
      expose: 'annotated',
      cors: { origins: [] },
      upstreams: [
        { services: 'jangbu.ordering', addresses: ['a:1'] },
        { services: 'jangbu.rating', addresses: ['b:2'] },
        { services: 'jangbu.common', addresses: ['a:1', 'b:2'] },
      ],
    });
  });

  test('standalone: flags win over the environment', () => {
    const args = ['--descriptors', 'x.binpb', '--upstream', 'h:1', '--upstream', 'p.Service=h:2', '--port', '9'];
    expect(readConfig({ PORT: '8', HOST: '::' }, args)).toMatchObject({
      descriptors: 'x.binpb',
      port: 9,
      host: '::',
      expose: 'all',
      upstreams: [
        { services: '', addresses: ['h:1'] },
        { services: 'p.Service', addresses: ['h:2'] },
      ],
    });
  });

  test.each([
    [{}, [], 'UPSTREAMS is missing'],
    [{ ORDERING_ADDRESS: 'nowhere' }, [], 'ORDERING_ADDRESS is not host:port'],
    [{ UPSTREAMS: 'a.b=nowhere' }, [], 'UPSTREAMS is not host:port'],
    [{ UPSTREAMS: 'a:1', PORT: '99999' }, [], 'PORT is not'],
    [{ UPSTREAMS: 'a:1' }, ['--colour', 'red'], '--colour'],
  ])('%o %j is refused', (variables, args, reason) => {
    expect(() => readConfig(variables, args)).toThrow(reason);
  });
});
