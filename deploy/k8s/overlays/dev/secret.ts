import { randomBytes } from 'node:crypto';

export interface Secret {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  type?: string;
  stringData: Record<string, string>;
}

/** Letters, digits, `-` and `_`: they stand in URLs and in JSON. */
export const made = () => randomBytes(24).toString('base64url');

export interface SecretParts {
  stringData: Record<string, string>;
  namespace?: string;
  type?: string;
  labels?: Record<string, string>;
}

export function secret(name: string, { stringData, namespace = 'jangbu', type, labels }: SecretParts): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, ...(labels && { labels }) },
    ...(type && { type }),
    stringData,
  };
}
