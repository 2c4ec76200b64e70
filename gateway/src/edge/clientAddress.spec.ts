import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clientAddress } from './clientAddress.ts';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('MESH-1 whom a request is counted for', () => {
  test.each([
    ['10.0.0.1', undefined, 0, '10.0.0.1'],
    ['10.0.0.1', '192.0.2.1', 0, '10.0.0.1'],
    ['10.0.0.1', '192.0.2.1', 1, '192.0.2.1'],
    ['10.0.0.1', 'invented, 192.0.2.1', 1, '192.0.2.1'],
    ['10.0.0.1', '198.51.100.7, 192.0.2.1, 10.0.0.2', 2, '192.0.2.1'],
    ['10.0.0.1', '192.0.2.1', 3, '192.0.2.1'],
    ['10.0.0.1', undefined, 2, '10.0.0.1'],
    ['10.0.0.1', 'unknown', 1, '10.0.0.1'],
    ['10.0.0.1', '_hidden, 192.0.2.1', 2, '192.0.2.1'],
    ['10.0.0.1', '', 1, '10.0.0.1'],
    ['10.0.0.1', '192.0.2.1:5555', 1, '192.0.2.1'],
    ['10.0.0.1', '[2001:db8:1:2:3:4:5:6]:5555', 1, '2001:db8:1:2::/64'],
    ['10.0.0.1', '2001:db8::1', 1, '2001:db8:0:0::/64'],
    ['2001:0DB8:0001:0002::9', undefined, 0, '2001:db8:1:2::/64'],
    ['::1', undefined, 0, '0:0:0:0::/64'],
    ['fe80::1%eth0', undefined, 0, 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.1', undefined, 0, '192.0.2.1'],
  ])('%s, forwarded for %s, %i proxies: %s', (peer, forwarded, proxies, expected) => {
    expect(clientAddress(from(peer, forwarded), proxies)).toBe(expected);
  });
});
