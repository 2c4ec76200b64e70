import type { Registry } from '@bufbuild/protobuf';
import type { Metadata } from '@grpc/grpc-js';
import type { TimeoutLimits } from '../edge/deadline.ts';
import type { Exchange } from '../edge/exchange.ts';
import type { BodyLimits } from '../edge/readBody.ts';
import type { Address } from '../transcode/requestMessage.ts';
import type { SystemParameters } from '../transcode/systemParameters.ts';
import type { Channel } from '../upstream/channel.ts';

/** What every REST handler needs besides the request. */
export interface RestSettings {
  registry: Registry;
  unknownQuery: 'refuse' | 'ignore';
  /** How deep a JSON body may be nested. */
  jsonDepth: number;
  body: BodyLimits;
  timeouts: TimeoutLimits;
}

/** A REST request on its way: what was asked, and the channel that can answer it. */
export interface RestCall {
  exchange: Exchange;
  address: Address;
  system: SystemParameters;
  channel: Channel;
  metadata: Metadata;
  deadline: Date | undefined;
  settings: RestSettings;
}
