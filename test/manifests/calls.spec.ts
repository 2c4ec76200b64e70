import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { LedgerService } from '#proto/billing/v1/ledger_service';
import { serviceNames } from '#shared/config/service';
import { callsOf } from '#shared/rpc/calls';
import { callGraph, edgesIn, pathOf } from '../../deploy/graph/callGraph.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync('services/**/*.ts', { cwd: root }).filter(
  (file) => !/\.spec\.ts$|\.child\.ts$|\/testing(\/|\.ts$)|^services\/shared\/rpc\//.test(file),
);
const textOf = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

/** Ways past the lists: a whole client, a list made elsewhere, a channel of one's own, the descriptor of another's service. */
const ways = [
  /(?<!#)clients\s*\.get\(/,
  /\.get\(\w+Service\b/,
  /\bget\b[^;\n]*\}\s*=\s*(?:\w+\.)*clients\b/,
  /\bcallsOf\b/,
  /\.for\(\s*\{/,
  /\bnew (?:grpc\.)?(?:Client|Channel)\(/,
  /make(?:Unary|ClientStream|ServerStream|BidiStream)Request|makeGenericClientConstructor|makeClientConstructor|loadPackageDefinition/,
  /\bhttp2\b.*\bconnect\(|from 'node:http2'/,
];

function pastTheLists(file: string, text: string): boolean {
  const [, folder = ''] = file.split('/');
  const own = folder === 'shared' ? 'common' : folder;
  const list = /^services\/\w+\/calls\.ts$/.test(file);
  // Whose service it is shows in where its descriptor comes from: one's own is served, another's is for calls.ts.
  const imports = [...text.matchAll(/import (?!type)\{([^}]*)\} from '#proto\/(\w+)\/v1\/\w+_service'/g)];
  const foreign = imports.some(([, names = '', owner]) => owner !== own && /\b(?<!type )[A-Z]\w*Service\b/.test(names));
  return !list && (foreign || ways.some((way) => way.test(text)));
}

it('services call one another by their lists only', () => {
  expect(sources.filter((file) => pastTheLists(file, textOf(file)))).toEqual([]);
});

it.each([
  "const client = clients.get(LedgerService, 'billing');",
  'const { get } = dependencies.clients;',
  "const totals = clients.for(callsOf(LedgerService, 'getLedgerTotals'));",
  "const totals = clients.for({ service: LedgerService, methods: ['getLedgerTotals'] });",
  'const client = new grpc.Client(address, credentials);',
  "import { Client } from '@grpc/grpc-js';\nconst client = new Client(address, credentials);",
  "import { LedgerService } from '#proto/billing/v1/ledger_service';",
  "import { connect } from 'node:http2';",
])('a way past the lists is found: %s', (text) => {
  expect(pastTheLists('services/mypage/service.ts', text)).toBe(true);
});

it('every call of a list is made', async () => {
  for (const name of serviceNames) {
    const own = sources
      .filter((file) => file.startsWith(`services/${name}/`))
      .map(textOf)
      .join('\n');
    const wrong = (await callGraph())
      .filter(({ from }) => from === name)
      // One that is leaving is made no more.
      .filter(({ method, isLeaving = false }) => new RegExp(`[.\\s]${method.localName}\\(`).test(own) === isLeaving)
      .map(({ method }) => pathOf(method));
    expect(wrong).toEqual([]);
  }
});

it('a call that ends is in the graph for as long as the version before may run', () => {
  const lists = {
    ledger: callsOf(LedgerService, 'listLedgerEntries'),
    leaving: [callsOf(LedgerService, 'getLedgerTotals')],
  };
  const edges = edgesIn('settlement', lists).map(({ to, method, isLeaving }) => [to, method.name, isLeaving]);
  expect(edges).toEqual([
    ['billing', 'ListLedgerEntries', undefined],
    ['billing', 'GetLedgerTotals', true],
  ]);
  expect(() => edgesIn('settlement', { ledger: { service: LedgerService, methods: ['other' as never] } })).toThrow(
    'no method other',
  );
});

it('the graph is what the mesh is built as', async () => {
  const edges = new Set((await callGraph()).map(({ from, to }) => `${from} → ${to}`));
  expect([...edges].sort()).toEqual([
    'billing → rating',
    'mypage → billing',
    'mypage → ordering',
    'notification → billing',
    'notification → settlement',
    'ordering → billing',
    'ordering → rating',
    'rating → billing',
    'rating → rating',
    'settlement → billing',
  ]);
});
