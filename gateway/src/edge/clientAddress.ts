import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Who asks, as an address to count by: the connection's, or, behind so many proxies of one's own, the one that the outermost of them
 * has written down. What stands further left in `X-Forwarded-For` anybody may have invented.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket.remoteAddress ?? 'unknown';
  const forwarded = request.headers['x-forwarded-for'];
  if (trustedProxies === 0 || forwarded === undefined) return countable(peer);
  const hops = `${forwarded}`.split(',');
  for (let at = Math.max(0, hops.length - trustedProxies); at < hops.length; at++) {
    const address = plain(hops[at] ?? '');
    // A proxy that writes something else than an address leaves the next one to the right.
    if (isIP(address)) return countable(address);
  }
  return countable(peer);
}

/** Without the port that some proxies add. */
function plain(hop: string): string {
  const text = hop.trim();
  const bracketed = /^\[([^\]]+)\](:\d+)?$/.exec(text);
  if (bracketed) return bracketed[1] ?? '';
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
}

/** One household has one IPv4 address, but 2^64 of IPv6: those count as the one network they are of. */
function countable(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1] ?? address;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
