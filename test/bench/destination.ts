export interface Destination {
  gatewayUrl: string;
  ratingAddress: string;
  databaseUrl: string;
  dropDir: string;
  token: string;
}

/** What became of a file, as far as the benchmark checks it. */
export interface Imported {
  recordsRead: number;
  rated: number;
  duplicate: number;
  rejected: number;
}

export type Counts = Partial<Record<keyof Imported, string | bigint | number>>;

export function toImported({ recordsRead = 0, rated = 0, duplicate = 0, rejected = 0 }: Counts): Imported {
  return {
    recordsRead: Number(recordsRead),
    rated: Number(rated),
    duplicate: Number(duplicate),
    rejected: Number(rejected),
  };
}
