import { parseArgs } from 'node:util';
import { balancesBenchmark } from './balances.ts';
import { gatewayBenchmark } from './gateway/gateway.ts';
import { monthBenchmark } from './month/month.ts';
import { purchasesBenchmark } from './purchases.ts';
import { ways } from './sendFile.ts';
import { usageBenchmark } from './usage.ts';

const growth = [1_000_000, 5_000_000, 10_000_000, 20_000_000];

const usage = `npm run bench [-- usage] [--records 1000000] [--stored 1000000,10000000] [--growth] [--lines 10000] [--way gateway]
  [--ids uuid] [--rounds 3]
npm run bench -- month [--lines 1000000] [--lines-per-account 100]
npm run bench -- balances [--accounts 1000] [--clients 128] [--seconds 6]
npm run bench -- purchases [--customers 200] [--clients 64] [--seconds 15]
npm run bench -- gateway [--clients 64] [--seconds 5] [--rounds 5] [--soak 300]

  usage     records a second from a file on disk to committed, against a plain COPY of the same columns
  --way     gateway, grpc (straight to rating), drop (a file in the drop folder) or report (500-record messages); several with commas
  --ids     uuid or sequential, or both with a comma
  --growth  with 1, 5, 10 and 20 million records stored
  month     lines a second from closing a month to its invoices committed, against the barest SQL for the same numbers
  balances  pairs of reserve and commit a second over gRPC, against pgbench running the barest equivalent
  purchases whole purchases a second through the gateway: quoted, paid, out of the stock, delivered
  gateway   small calls and streams as gRPC-Web and as REST, against grpc-js straight to the same backend
  --soak    watches the gateway's memory for so many seconds of load`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '1000000' },
    stored: { type: 'string', default: '1000000,10000000' },
    growth: { type: 'boolean', default: false },
    way: { type: 'string', default: 'gateway' },
    ids: { type: 'string', default: 'uuid' },
    lines: { type: 'string' },
    'lines-per-account': { type: 'string', default: '100' },
    accounts: { type: 'string', default: '1000' },
    customers: { type: 'string', default: '200' },
    clients: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    soak: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
const [name = 'usage'] = positionals;
const benchmark = benchmarkOf(name);
if (!benchmark || values.help) {
  console.log(usage);
  process.exit(values.help ? 0 : 64);
}
process.exit((await benchmark()) ? 0 : 1);

function benchmarkOf(which: string): (() => Promise<boolean>) | undefined {
  switch (which) {
    case 'usage':
      return () =>
        usageBenchmark({
          records: count(values.records),
          stored: (values.growth ? growth : values.stored.split(',').map(count)).toSorted((a, b) => a - b),
          lines: count(values.lines ?? '10000'),
          ways: some(values.way, ways),
          ids: some(values.ids, ['uuid', 'sequential']),
          rounds: count(values.rounds ?? '3'),
        });
    case 'month':
      return () =>
        monthBenchmark({
          lines: count(values.lines ?? '1000000'),
          linesPerAccount: count(values['lines-per-account']),
        });
    case 'balances':
      return () =>
        balancesBenchmark({
          accounts: count(values.accounts),
          clients: count(values.clients ?? '128'),
          seconds: count(values.seconds ?? '6'),
        });
    case 'purchases':
      return () =>
        purchasesBenchmark({
          customers: count(values.customers),
          clients: count(values.clients ?? '64'),
          seconds: count(values.seconds ?? '15'),
        });
    case 'gateway':
      return () =>
        gatewayBenchmark({
          clients: count(values.clients ?? '64'),
          seconds: count(values.seconds ?? '5'),
          rounds: count(values.rounds ?? '5'),
          soakSeconds: count(values.soak),
        });
    default:
      return undefined;
  }
}

function count(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(usage);
  process.exit(64);
}

/** Names out of a list, given with commas. */
function some<T extends string>(text: string, known: readonly T[]): T[] {
  const chosen = text.split(',').map((name) => known.find((each) => each === name));
  if (!chosen.includes(undefined)) return chosen.filter((each) => each !== undefined);
  console.error(usage);
  process.exit(64);
}
