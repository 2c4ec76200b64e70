import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the sample businesses are called and what they are about. A business differs from another by its offerings, never by code. */
const businesses = ['iot', 'shop', 'webtoon', 'tanda', 'taxi', 'nosmoke', 'smoking', 'smoker'];

/** What ordering's rooms are about, which whoever rates, bills and settles need not know. */
const roomWords = [
  'ride',
  'rides',
  'driver',
  'drivers',
  'visit',
  'visits',
  'penalty',
  'penalties',
  'delivery',
  'deliveries',
];

const everybody = ['rating', 'billing', 'settlement', 'notification', 'mypage', 'shared', 'ordering'];
const whoeverPrices = ['rating', 'billing', 'settlement'];

/** The source of a service and its contract, without its tests. */
function sourcesOf(service: string): string[] {
  const folders = [`services/${service}`, ...(service === 'shared' ? ['gateway'] : [`proto/jangbu/${service}`])];
  return folders.flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|sql|proto)$/.test(name))
      .filter((name) => !/\.spec\.ts$|\.child\.ts$|(^|\/)test(ing)?[A-Za-z]*(\/|\.ts$)/.test(name))
      .map((name) => `${folder}/${name}`),
  );
}

/** `file:line: text` of every line in which one of the words stands, also as a part of a name such as `taxiRide`. */
function mentions(service: string, words: readonly string[]): string[] {
  const any = words.join('|');
  const initial = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('|');
  // A word begins where a lower-case run begins, or with its capital; it ends where no lower-case letter follows.
  const word = new RegExp(
    `(?<![A-Za-z])(${any})(?![a-z])|(${initial})(?![a-z])|(?<![A-Za-z])(${any.toUpperCase()})(?![A-Za-z])`,
  );
  return sourcesOf(service).flatMap((file) =>
    readFileSync(`${root}/${file}`, 'utf8')
      .split('\n')
      // The ids of the requirements' rows, and the role that the contract's access option names, are not meant.
      .map((line) => line.replace(/\b[A-Z]+-\d{1,2}\b|ROLE_DRIVER/g, ''))
      .flatMap((line, index) => (word.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('no service knows a business by name', () => {
  it('finds names, also inside of other names', () => {
    expect(mentions('ordering', ['purchase']).length).toBeGreaterThan(10);
    expect(mentions('ordering', ['urchase'])).toEqual([]);
  });

  it.each(everybody)('%s', (service) => {
    expect(mentions(service, businesses)).toEqual([]);
  });

  it.each(whoeverPrices)('%s knows nothing of what is ordered either', (service) => {
    expect(mentions(service, roomWords)).toEqual([]);
  });
});
