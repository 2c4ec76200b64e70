import { readEnvironment } from '#shared/config/environment';
import { readServiceConfig, type ServiceConfig } from '#shared/config/service';
import { type StoreKind, storeKinds } from './store/store.ts';

export interface MypageConfig extends ServiceConfig {
  /** Where the pages are kept. */
  store: StoreKind;
  /** What the names of the key-value buckets begin with. */
  bucket: string;
}

export function readConfig(variables: NodeJS.ProcessEnv): MypageConfig {
  return readEnvironment(variables, (environment) => {
    const bucket = environment.text('MYPAGE_KV_BUCKET', 'jangbu-mypage');
    if (!/^[\w-]{1,100}$/.test(bucket)) environment.fault(`MYPAGE_KV_BUCKET is no name of a bucket: ${bucket}`);
    return {
      ...readServiceConfig(environment),
      store: environment.oneOf('MYPAGE_STORE', storeKinds, 'postgres'),
      bucket,
    };
  });
}
