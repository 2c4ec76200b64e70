import { describe, expect, it } from 'vitest';
import { type FileSums, fileFaults, type MonthSums, monthFaults } from './compare.ts';

const file: FileSums = {
  fileId: 'f1',
  received: 100n,
  rated: 70n,
  duplicate: 10n,
  rejected: 15n,
  late: 5n,
  kept: 75n,
  keptRejections: 15n,
};
const volume = { bytes: 1_000n, records: 10n };
const open: MonthSums = {
  rated: volume,
  late: { bytes: 7n, records: 1n },
  accumulated: volume,
  lines: [],
  corrections: { correcting: 2n, kept: 2n },
  locked: undefined,
  moved: undefined,
  invoiced: undefined,
};
const billed: MonthSums = { ...open, locked: volume, moved: 1_000n, invoiced: 1_000n };
const checks = (faults: { check: string }[]) => faults.map(({ check }) => check);

describe('conservation of usage', () => {
  it('IOT-6 a file whose counts add up has no fault', () => {
    expect(fileFaults(file)).toEqual([]);
  });

  it.each([
    [{ received: 101n }, 'received = rated + duplicate + rejected + late'],
    [{ kept: 74n }, 'rated + late = kept records'],
    [{ keptRejections: 14n }, 'rejected = kept rejections'],
  ])('IOT-6 a file with %o: %s', (change, check) => {
    expect(fileFaults({ ...file, ...change })).toMatchObject([{ fileId: 'f1', check }]);
  });

  it('IOT-11 a month that agrees has no fault, however far it is', () => {
    for (const sums of [open, { ...open, locked: volume }, { ...billed, invoiced: undefined }, billed]) {
      expect(monthFaults(sums)).toEqual([]);
    }
  });

  it.each<[Partial<MonthSums>, string[]]>([
    [{ rated: { bytes: 999n, records: 10n } }, ['rated = accumulated (bytes)']],
    [{ rated: { bytes: 1_000n, records: 11n } }, ['rated = accumulated (records)']],
    [{ corrections: { correcting: 2n, kept: 1n } }, ['correcting records = kept corrections']],
    [{ locked: { bytes: 1_001n, records: 10n } }, ['accumulated = locked (bytes)']],
    [{ moved: 0n, invoiced: 0n }, ['accumulated = moved (bytes)']],
    [{ invoiced: 1_001n }, ['moved = invoiced (bytes)']],
  ])('IOT-11 a month with %o is told of', (change, expected) => {
    expect(checks(monthFaults({ ...billed, ...change }))).toEqual(expected);
  });

  it('IOT-11 lines whose errors cancel out are named', () => {
    const lines = ['a', 'b'].map((lineId, index) => ({
      lineId,
      rated: { bytes: 5n, records: 1n },
      accumulated: { bytes: index === 0 ? 4n : 6n, records: 1n },
    }));
    expect(monthFaults({ ...open, lines })).toEqual([
      { fileId: '', check: 'rated = accumulated (bytes of line a)', expected: 5n, actual: 4n },
      { fileId: '', check: 'rated = accumulated (bytes of line b)', expected: 5n, actual: 6n },
    ]);
  });
});
