// Writes a usage file to standard output: npm run sample -- --records 1000000 --lines 1000 --month 2026-10 > usage.csv
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { fleet } from './fleet.ts';
import { usageFile } from './usageFile.ts';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '10000' },
    lines: { type: 'string', default: '100' },
    month: { type: 'string', default: '2026-10' },
    seed: { type: 'string', default: '1' },
    ids: { type: 'string', default: 'uuid' },
    dirt: { type: 'string', default: '0.02' },
  },
});

const whole = (name: 'records' | 'lines' | 'seed'): number => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} must be a whole number, not ${values[name]}`);
  return value;
};

if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(values.month))
  throw new Error(`--month must look like 2026-10, not ${values.month}`);
const file = usageFile({
  records: whole('records'),
  lines: fleet(whole('lines'), whole('seed')),
  month: values.month,
  seed: whole('seed'),
  dirt: Number(values.dirt),
  ids: values.ids === 'sequential' ? 'sequential' : 'uuid',
});
// A reader that closes early, such as `head`, is no failure.
process.stdout.on('error', () => process.exit(0));
for (const chunk of file.chunks) {
  if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
}
const { records, rated, duplicate, rejected, byReason, outOfOrder, ratedBytes } = file.expected;
const reasons = Object.entries(byReason).map(([reason, count]) => `${reason} ${count}`);
process.stderr.write(
  `${records} records: ${rated} to be rated (${ratedBytes} bytes, ${outOfOrder} out of order), ` +
    `${duplicate} duplicates, ${rejected} to be rejected (${reasons.join(', ')})\n`,
);
