import { parseArgs } from 'node:util';
import { usageBenchmark } from './usage.ts';

const usage = `npm run bench [-- usage] [--records 1000000] [--stored 5000000] [--lines 10000] [--direct]

  usage     records a second from a file on disk to committed, against a plain COPY of the same columns
  --direct  straight to rating over gRPC, without the gateway`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '1000000' },
    stored: { type: 'string', default: '5000000' },
    lines: { type: 'string', default: '10000' },
    direct: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name = 'usage'] = positionals;
if (name !== 'usage' || values.help) {
  console.log(usage);
  process.exit(values.help ? 0 : 64);
}
const agrees = await usageBenchmark({
  records: count(values.records),
  stored: count(values.stored),
  lines: count(values.lines),
  direct: values.direct,
});
process.exit(agrees ? 0 : 1);

function count(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(usage);
  process.exit(64);
}
