import { type Api, ApiError } from './api.ts';
import { progress } from './progress.ts';
import { count, type UsageFile } from './resources.ts';
import type { UsageFile as GeneratedFile } from './usageFile.ts';

const ATTEMPTS = 5;

/**
 * Sends the file once. An import that an earlier run has finished is not repeated; one that broke off is sent again
 * from the beginning, because records that are there already count as duplicates and change nothing.
 */
export async function importUsage(
  api: Api,
  options: {
    business: string;
    source: string;
    records: number;
    file: () => GeneratedFile;
    out?: NodeJS.WritableStream;
  },
): Promise<UsageFile> {
  const { business, source } = options;
  const query = `business=${business}&source=${encodeURIComponent(source)}`;
  for (let attempt = 1; ; attempt++) {
    const finished = await find(api, business, source, 'USAGE_FILE_STATE_IMPORTED');
    if (finished !== undefined) return finished;
    const bar = progress(options.out, 'usage records', options.records);
    const watch = setInterval(() => {
      find(api, business, source, 'USAGE_FILE_STATE_IMPORTING').then(
        (file) => file !== undefined && bar.update(count(file.recordsRead)),
        () => {}, // The bar can miss a beat.
      );
    }, 200);
    try {
      return await api.upload<UsageFile>(`/v1/usageFiles?${query}`, options.file().chunks);
    } catch (error) {
      const refused = error instanceof ApiError && error.status < 500;
      if (refused || attempt >= ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    } finally {
      clearInterval(watch);
      bar.end();
    }
  }
}

async function find(api: Api, business: string, source: string, state: string): Promise<UsageFile | undefined> {
  const answer = await api.get<{ usageFiles?: UsageFile[] }>(`/v1/usageFiles?business=${business}&state=${state}`);
  return answer.usageFiles?.find((file) => file.source === source);
}
